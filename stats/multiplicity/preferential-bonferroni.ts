import { requireCount, requireErrorRate, requireProbability } from '../domain.ts';

/** How many tests a family holds and which part of alpha its primary ones take. */
export interface PreferentialFamily {
  /** Part of alpha for the primary metrics, from 0 to 1. */
  readonly primaryShare: number;
  /** Treatments compared with control. */
  readonly treatments: number;
  /** Number of primary metrics; 1 by default. */
  readonly primary?: number;
  /** Number of all other metrics. */
  readonly others: number;
}

/** The level of each single test; `null` where the family has no such metric. */
export interface PreferentialLevels {
  readonly primary: number | null;
  readonly other: number | null;
  /** Sum of the levels over the whole family, at most alpha. */
  readonly total: number;
}

/**
 * The level at which to test each metric when the primary ones take a part of alpha of their own.
 *
 * Input: alpha, between 0 and 1; {@link PreferentialFamily}. Output: {@link PreferentialLevels}; reject where a plain p is
 * at most its level, or show intervals at 1 - level: both then agree.
 * Error: exact but for rounding. Assumes: nothing; the sum of the levels bounds the chance of any false rejection.
 * Edges: a kind of metric that the family does not have leaves its part unspent and `null`.
 * Source: Bonferroni with weights (Rosenthal and Rubin 1983); Eppo's preferential Bonferroni with one primary metric.
 * @throws RangeError if alpha is outside (0, 1), the share outside [0, 1], a number not whole or `treatments` 0.
 * @example
 * preferentialBonferroni(0.05, { primaryShare: 0.5, treatments: 1, others: 4 }); // { primary: 0.025, other: 0.00625, total: 0.05 }
 */
export function preferentialBonferroni(alpha: number, family: PreferentialFamily): PreferentialLevels {
  const { primaryShare, treatments, primary = 1, others } = family;
  requireErrorRate('alpha', alpha);
  requireProbability('primaryShare', primaryShare);
  requireCount('primary', primary);
  requireCount('others', others);
  requireCount('treatments', treatments);
  if (treatments === 0) throw new RangeError('treatments must be at least 1, got 0');
  const forPrimary = primary === 0 ? null : (alpha * primaryShare) / (treatments * primary);
  const forOther = others === 0 ? null : (alpha * (1 - primaryShare)) / (treatments * others);
  const total = treatments * (primary * (forPrimary ?? 0) + others * (forOther ?? 0));
  return { primary: forPrimary, other: forOther, total };
}
