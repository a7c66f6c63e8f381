import { studentTTwoSidedP, studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireLevel } from '../domain.ts';
import type { TooFewValues } from './mann-whitney.ts';
import { countValues, missingValues, type RankCounts, rankCounts, type ValueCount } from './rank-counts.ts';

export interface BrunnerMunzel {
  readonly status: 'ok';
  readonly method: 'Brunner–Munzel';
  /** Chance that a value of treatment is above one of control, ties counting a half. */
  readonly superiority: number;
  readonly standardError: number;
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
  readonly log10P: number;
  readonly level: number;
  /** Of the superiority, cut to [0, 1]. */
  readonly interval: Interval;
}

/** No value of either sample varies in rank against the other, as when the samples do not overlap. */
export interface NoOverlap {
  readonly status: 'no_variance';
  readonly superiority: number;
}

/**
 * Whether values of treatment tend to be above those of control where the spreads may differ: the test of
 * "superiority is a half" by ranks.
 *
 * Input: both samples, finite numbers. Output: {@link BrunnerMunzel}; p is below 1 - level exactly when the interval
 * excludes 0.5.
 * Error: relative 1e-12 (scipy.stats.brunnermunzel).
 * Assumes: independent values, at least some ten a sample for the t approximation.
 * Edges: samples that do not overlap, or all values equal: `no_variance`; fewer than 2 values: `insufficient`.
 * Source: Brunner and Munzel 2000, Biometrical Journal 42:17.
 * @throws RangeError if a value is not finite or the level outside (0, 1).
 * @example
 * brunnerMunzel([1, 2, 3, 4], [3, 4, 5, 6]).superiority; // 0.875
 */
export function brunnerMunzel(
  control: readonly number[],
  treatment: readonly number[],
  options: { level?: number } = {},
): BrunnerMunzel | NoOverlap | TooFewValues {
  return brunnerMunzelOfCounts(countValues(control, treatment), options);
}

/**
 * `brunnerMunzel` of samples given as counts of their distinct values, as they come from a histogram.
 *
 * Input: {@link ValueCount}, distinct values in any order; counts of 0 are allowed. Otherwise as `brunnerMunzel`; the
 * cost is that of the distinct values.
 * @throws RangeError if a value is not finite or occurs twice, a count is not whole or the level outside (0, 1).
 * @example
 * brunnerMunzelOfCounts([
 *   { value: 0, control: 5, treatment: 3 },
 *   { value: 1, control: 2, treatment: 4 },
 * ]).superiority; // 0.6428571428571429
 */
export function brunnerMunzelOfCounts(
  given: readonly ValueCount[],
  options: { level?: number } = {},
): BrunnerMunzel | NoOverlap | TooFewValues {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const counts = rankCounts(given);
  const { nA, nB } = counts;
  const missing = missingValues(nA, nB, 2);
  if (missing) return { status: 'insufficient', missing };
  const superiority = counts.twiceU / 2 / (nA * nB);
  // of the placements: how many values of the other sample are below, ties counting a half
  const partA = placementVariance(counts, 'control', 'treatment') / nA;
  const partB = placementVariance(counts, 'treatment', 'control') / nB;
  if (partA + partB === 0) return { status: 'no_variance', superiority };
  const standardError = Math.sqrt(partA + partB);
  const degreesOfFreedom = (partA + partB) ** 2 / (partA ** 2 / (nA - 1) + partB ** 2 / (nB - 1));
  const statistic = (superiority - 0.5) / standardError;
  const half = studentTUpperQuantile((1 - level) / 2, degreesOfFreedom) * standardError;
  return {
    status: 'ok',
    method: 'Brunner–Munzel',
    superiority,
    standardError,
    statistic,
    degreesOfFreedom,
    ...studentTTwoSidedP(statistic, degreesOfFreedom),
    level,
    interval: { lower: Math.max(0, superiority - half), upper: Math.min(1, superiority + half) },
  };
}

/** Sample variance of the share of the other sample below each value of one. */
function placementVariance(
  { values, nA, nB }: RankCounts,
  own: 'control' | 'treatment',
  other: 'control' | 'treatment',
): number {
  const [n, others] = own === 'control' ? [nA, nB] : [nB, nA];
  let below = 0;
  const placements = values.flatMap((each) => {
    const share = (below + each[other] / 2) / others;
    below += each[other];
    return each[own] > 0 ? [{ share, n: each[own] }] : [];
  });
  if (placements.every(({ share }) => share === placements[0]!.share)) return 0;
  const mean = placements.reduce((sum, each) => sum + each.n * each.share, 0) / n;
  return placements.reduce((sum, each) => sum + each.n * (each.share - mean) ** 2, 0) / (n - 1);
}
