import { normalUpperQuantile } from '../distributions/normal.ts';
import { type Interval, requireCount, requireLevel } from '../domain.ts';
import { incompleteBeta } from '../special/incomplete-beta.ts';
import { sortedValues } from './sample-quantile.ts';

/** The ranks, from 1, of the values that bound a quantile. */
export interface QuantileRanks {
  /** `null` where the sample is too small to bound this side: it is then unbounded. */
  readonly lowerRank: number | null;
  readonly upperRank: number | null;
  /** Exact coverage for continuous values, at least the level; for tied values it is larger still. */
  readonly coverage: number;
  /** Ranks by the normal approximation, not whole. */
  readonly approximate: Interval;
}

/**
 * Which values of a sorted sample bound its quantile, whatever the distribution.
 *
 * Input: n, the number of values; p, strictly between 0 and 1; the level. Output: {@link QuantileRanks}; each side misses
 * with probability at most (1 - level) / 2.
 * Error: ranks exact, coverage absolute 1e-11 for n up to 1e6 (scipy).
 * Assumes: independent values; for values clustered by unit see `clusteredQuantile`.
 * Edges: a p99 needs 368 values for its upper side, the median 6 for both.
 * Source: order statistics and the binomial distribution (David and Nagaraja 2003, section 7.1).
 * @throws RangeError if n is not a whole number of at least 0, p or the level not strictly between 0 and 1.
 * @example
 * quantileRanks(100, 0.5); // { lowerRank: 40, upperRank: 61, coverage: 0.9647..., ... }
 */
export function quantileRanks(n: number, p: number, options: { level?: number } = {}): QuantileRanks {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireCount('n', n);
  requireInnerProbability(p);
  const tail = (1 - level) / 2;
  // P(fewer than k of n are below the quantile), and P(at least k are)
  const fewer = (k: number): number => (k <= 0 ? 0 : incompleteBeta(1 - p, n - k + 1, k).lower);
  const atLeast = (k: number): number => (k > n ? 0 : k <= 0 ? 1 : incompleteBeta(p, k, n - k + 1).lower);
  const lower = lastRank(0, n + 1, (k) => fewer(k) <= tail);
  const upper = n + 1 - lastRank(0, n + 1, (k) => atLeast(n + 1 - k) <= tail);
  const half = normalUpperQuantile(tail) * Math.sqrt(n * p * (1 - p));
  return {
    lowerRank: lower === 0 ? null : lower,
    upperRank: upper > n ? null : upper,
    coverage: 1 - fewer(lower) - atLeast(upper),
    approximate: { lower: n * p - half, upper: n * p + half },
  };
}

/** A quantile lies between its ends; an end is infinite where the sample cannot bound it. */
export interface QuantileInterval extends Interval {
  readonly coverage: number;
}

/**
 * The interval of a quantile from the values themselves, whatever their distribution.
 *
 * Input: finite numbers in any order; p and level as {@link quantileRanks}. Output: {@link QuantileInterval}.
 * Assumes, source: as {@link quantileRanks}.
 * @throws RangeError as {@link quantileRanks}, or if a value is not finite.
 * @example
 * quantileInterval([9, 1, 8, 2, 7, 3, 6, 4, 5, 10], 0.5); // { lower: 2, upper: 9, coverage: 0.978515625 }
 */
export function quantileInterval(
  values: readonly number[],
  p: number,
  options: { level?: number } = {},
): QuantileInterval {
  const sorted = sortedValues('values', values);
  const { lowerRank, upperRank, coverage } = quantileRanks(sorted.length, p, options);
  return {
    lower: lowerRank === null ? Number.NEGATIVE_INFINITY : sorted[lowerRank - 1]!,
    upper: upperRank === null ? Number.POSITIVE_INFINITY : sorted[upperRank - 1]!,
    coverage,
  };
}

/** A quantile's p: strictly between 0 and 1. */
export function requireInnerProbability(p: number): void {
  if (!(p > 0 && p < 1)) throw new RangeError(`p must be strictly between 0 and 1, got ${String(p)}`);
}

/** The last whole number from `inside` to before `outside` for which a condition holds that then stays false. */
function lastRank(inside: number, outside: number, holds: (k: number) => boolean): number {
  let low = inside;
  let high = outside;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
