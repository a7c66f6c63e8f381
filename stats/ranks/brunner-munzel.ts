import { studentTTwoSidedP, studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireLevel } from '../domain.ts';
import type { TooFewValues } from './mann-whitney.ts';
import { midRanks, missingValues, rankCounts } from './rank-counts.ts';

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
  const level = options.level ?? 0.95;
  requireLevel(level);
  const { a, b, twiceU } = rankCounts(control, treatment);
  const missing = missingValues(control, treatment, 2);
  if (missing) return { status: 'insufficient', missing };
  const superiority = twiceU / 2 / (a.length * b.length);
  // of the placements: how many values of the other sample are below, ties counting a half
  const partA = placementVariance(a, b) / a.length;
  const partB = placementVariance(b, a) / b.length;
  if (partA + partB === 0) return { status: 'no_variance', superiority };
  const standardError = Math.sqrt(partA + partB);
  const degreesOfFreedom = (partA + partB) ** 2 / (partA ** 2 / (a.length - 1) + partB ** 2 / (b.length - 1));
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

/** Sample variance of the share of the other sample below each value. */
function placementVariance(values: readonly number[], others: readonly number[]): number {
  const placements = midRanks(values, others).map((rank) => (rank - 0.5) / others.length);
  const mean = placements.reduce((sum, value) => sum + value, 0) / placements.length;
  if (placements.every((value) => value === placements[0])) return 0;
  return placements.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (placements.length - 1);
}
