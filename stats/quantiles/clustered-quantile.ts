import { normalUpperQuantile } from '../distributions/normal.ts';
import { type Interval, requireLevel } from '../domain.ts';
import { requireInnerProbability } from './quantile-ranks.ts';
import { sortedQuantile, sortedValues } from './sample-quantile.ts';

export interface ClusteredQuantile {
  readonly status: 'ok';
  readonly method: 'outer interval by ranks, clustered';
  /** Type 1: a value of the sample. */
  readonly quantile: number;
  /** Share of values up to the quantile. */
  readonly share: number;
  /** Standard deviation of that share: with clusters, and as if all values were independent. */
  readonly shareError: number;
  readonly independentShareError: number;
  /** The square of their ratio: how many times more values the clusters cost. */
  readonly designEffect: number;
  /** p ± critical × shareError, from which the ranks of the interval come. */
  readonly probabilities: Interval;
  readonly interval: Interval;
  /** Width of the interval over twice the critical value, in the unit of the values. */
  readonly standardError: number;
  /** True where a rank fell outside the sample, or the share has no error: the end is then not a bound. */
  readonly cut: { readonly lower: boolean; readonly upper: boolean };
}

export interface TooFewClusters {
  readonly status: 'insufficient';
  readonly missing: string;
}

/**
 * A quantile of values that come in clusters, as requests of users, and how exact it is: randomised units are the
 * clusters.
 *
 * Input: the values of each cluster, finite; p strictly between 0 and 1. Output: {@link ClusteredQuantile}.
 * Error: relative 1e-12. Assumes: independent clusters, some dozens of them.
 * Edges: clusters without values count as such (a unit without requests); fewer than 2 clusters with values, or none of
 * the values: `insufficient`. With `cut`, collect more before trusting that end.
 * Source: Deng, Knoblich and Lu 2018, KDD, section 4 (outer interval): the share of values up to the quantile is a ratio
 * metric over clusters, its delta-method error gives ranks.
 * @throws RangeError if a value is not finite, p or the level not strictly between 0 and 1.
 * @example
 * clusteredQuantile([[1, 2], [2, 3, 4], [5]], 0.5).quantile; // 2
 */
export function clusteredQuantile(
  clusters: readonly (readonly number[])[],
  p: number,
  options: { level?: number } = {},
): ClusteredQuantile | TooFewClusters {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireInnerProbability(p);
  const sorted = sortedValues('values', clusters.flat());
  const filled = clusters.filter((values) => values.length > 0).length;
  if (filled < 2) return { status: 'insufficient', missing: `${filled} of at least 2 clusters with values` };
  const quantile = sortedQuantile(sorted, p, 1);
  const within = clusters.map((values) => values.filter((value) => value <= quantile).length);
  const { share, error } = shareError(
    within,
    clusters.map((values) => values.length),
  );
  const independentShareError = Math.sqrt((p * (1 - p)) / sorted.length);
  const critical = normalUpperQuantile((1 - level) / 2);
  const probabilities = { lower: p - critical * error, upper: p + critical * error };
  const [lowerRank, upperRank] = [rank(Math.floor, probabilities.lower), rank(Math.ceil, probabilities.upper)];
  const at = (k: number): number => sorted[Math.min(sorted.length, Math.max(1, k)) - 1]!;
  const interval = { lower: at(lowerRank), upper: at(upperRank) };
  return {
    status: 'ok',
    method: 'outer interval by ranks, clustered',
    quantile,
    share,
    shareError: error,
    independentShareError,
    designEffect: (error / independentShareError) ** 2,
    probabilities,
    interval,
    standardError: (interval.upper - interval.lower) / (2 * critical),
    cut: { lower: error === 0 || lowerRank < 1, upper: error === 0 || upperRank > sorted.length },
  };

  function rank(round: (value: number) => number, probability: number): number {
    return round(sorted.length * probability);
  }
}

/** The share of values up to a limit, as a ratio metric of clusters, and its delta-method error. */
export function shareError(
  within: readonly number[],
  sizes: readonly number[],
): { readonly share: number; readonly error: number } {
  const total = sizes.reduce((sum, n) => sum + n, 0);
  const share = within.reduce((sum, n) => sum + n, 0) / total;
  const squares = within.reduce((sum, count, index) => sum + (count - share * sizes[index]!) ** 2, 0);
  const k = sizes.length;
  return { share, error: Math.sqrt((k / (k - 1)) * squares) / total };
}
