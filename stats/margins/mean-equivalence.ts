import { type Interval, requireFinite } from '../domain.ts';
import { type MeanDifferenceOptions, meanDifference } from '../means/mean-difference.ts';
import type { MeanSummary } from '../means/mean-summary.ts';
import { type MeanTest, type NotEnough, type NoVariance, upperQuantile } from '../means/mean-test.ts';
import { toLog10 } from '../special/log-space.ts';
import { requireAlpha } from './margin.ts';
import { logUpperTail } from './mean-non-inferiority.ts';

/** Whether two means are alike within bounds; and, which may hold as well, whether they differ. */
export interface Equivalence {
  readonly status: 'ok';
  readonly method: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Statistic and one-sided p against "at or below the lower bound" and "at or above the upper". */
  readonly againstLower: { readonly statistic: number; readonly p: number };
  readonly againstUpper: { readonly statistic: number; readonly p: number };
  /** The larger of both. */
  readonly p: number;
  readonly log10P: number;
  readonly alpha: number;
  /** Two-sided at 1 - 2 alpha: inside the bounds exactly when `equivalent`. */
  readonly interval: Interval;
  readonly equivalent: boolean;
  /** The ordinary test of a difference, for the same data. */
  readonly difference: MeanTest;
  readonly different: boolean;
}

/**
 * Whether the mean of treatment is the same as that of control within bounds: two one-sided tests (TOST) by Welch's t.
 *
 * Input: per arm n, mean and sample variance; `bounds` of the difference, lower below upper, chosen before the data.
 * Moments are enough. Output: {@link Equivalence}; "equivalent" and "different" may both hold: a small certain
 * difference. Error: relative 1e-12 (p, limits) against mpmath.
 * Assumes: independent units; means close to normal.
 * Edges: both variances 0: `no_variance`; below two units: `insufficient`.
 * Source: Schuirmann 1987.
 * @throws RangeError if bounds, alpha, a count, mean or variance is out of its domain.
 * @example
 * const a = { n: 400, mean: 5, variance: 1 };
 * meanEquivalence(a, { n: 400, mean: 5.02, variance: 1 }, { lower: -0.2, upper: 0.2 }).p; // 0.00554...
 */
export function meanEquivalence(
  control: MeanSummary,
  treatment: MeanSummary,
  bounds: Interval,
  options: { readonly alpha?: number } = {},
): Equivalence | NoVariance | NotEnough {
  const alpha = options.alpha ?? 0.05;
  requireAlpha(alpha);
  requireFinite('bounds.lower', bounds.lower);
  requireFinite('bounds.upper', bounds.upper);
  if (bounds.lower >= bounds.upper) {
    throw new RangeError(`bounds.lower must be below bounds.upper = ${bounds.upper}, got ${bounds.lower}`);
  }
  const twoSided: MeanDifferenceOptions = { level: 1 - alpha };
  const difference = meanDifference(control, treatment, twoSided);
  if (difference.status !== 'ok') return difference;
  const { estimate, standardError, degreesOfFreedom: df } = difference;
  const lower = (estimate - bounds.lower) / standardError;
  const upper = (estimate - bounds.upper) / standardError;
  const [logLower, logUpper] = [logUpperTail(lower, df), logUpperTail(-upper, df)];
  const log = Math.max(logLower, logUpper);
  const half = upperQuantile(alpha, df) * standardError;
  return {
    status: 'ok',
    method: 'two one-sided Welch t',
    estimate,
    standardError,
    degreesOfFreedom: df,
    againstLower: { statistic: lower, p: Math.exp(logLower) },
    againstUpper: { statistic: upper, p: Math.exp(logUpper) },
    p: Math.exp(log),
    log10P: toLog10(log),
    alpha,
    interval: { lower: estimate - half, upper: estimate + half },
    equivalent: Math.exp(log) < alpha,
    difference,
    different: difference.p < alpha,
  };
}
