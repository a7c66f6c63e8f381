import { normalUpperQuantile } from '../distributions/normal.ts';
import { requireCount, requireFinite, requireLevel, requireNotEmpty } from '../domain.ts';
import { shareError } from './clustered-quantile.ts';
import { requireInnerProbability } from './quantile-ranks.ts';

/** A bin of a histogram: values above `lower` up to `upper`. */
export interface Bin {
  readonly lower: number;
  readonly upper: number;
  /** Stands for its values. */
  readonly middle: number;
  readonly n: number;
}

/** A group of units: how many values it has, and how many in bins up to the quantile's. */
export interface Bucket {
  readonly n: number;
  readonly within: number;
}

export interface BucketedQuantile {
  readonly status: 'ok';
  readonly method: 'outer interval by ranks, bucketed';
  /** Middle of the bin that holds the quantile. */
  readonly quantile: number;
  /** Share of values in bins up to that one, and its standard deviation over buckets. */
  readonly share: number;
  readonly shareError: number;
  /** Outer ends of the bins of the limiting ranks; `null` where a rank falls outside the sample or the share has no error. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** (upper - lower) / (2 critical values); `null` without both ends. */
  readonly standardError: number | null;
}

/**
 * The bin of a histogram that holds its quantile of type 1, from 0.
 *
 * Input: bins in order with at least one value; p strictly between 0 and 1.
 * @throws RangeError if a bin is out of its domain, there are no values or p is not strictly between 0 and 1.
 * @example
 * quantileBin([{ lower: 0, upper: 1, middle: 0.5, n: 3 }, { lower: 1, upper: 2, middle: 1.5, n: 1 }], 0.5); // 0
 */
export function quantileBin(bins: readonly Bin[], p: number): number {
  requireInnerProbability(p);
  const total = requireBins(bins);
  // a rank that is whole but for the rounding of its product counts as whole
  return binAt(bins, Math.ceil(total * p - 4 * Number.EPSILON * total));
}

/**
 * `clusteredQuantile` from a histogram: a quantile of single values whose units, in buckets, are what is independent.
 *
 * Input: bins in order; one {@link Bucket} a group of units, empty ones included, with `within` counted up to the bin
 * that {@link quantileBin} names; p strictly between 0 and 1.
 * Output: {@link BucketedQuantile}: the quantile is off by half a bin at most, the interval by none, as it takes outer ends.
 * Error: equal to `clusteredQuantile` of the buckets where a bin is one value.
 * Assumes: units put into buckets at random; some dozens of buckets with values.
 * Edges: fewer than 2 buckets with values: `insufficient`.
 * Source: Deng, Knoblich and Lu 2018, KDD, section 4 (outer interval).
 * @throws RangeError if a bin, a count, p or the level is out of its domain, or bins and buckets do not add up.
 * @example
 * const bins = [{ lower: 0, upper: 1, middle: 0.5, n: 3 }, { lower: 1, upper: 2, middle: 1.5, n: 1 }];
 * bucketedQuantile(bins, [{ n: 2, within: 2 }, { n: 2, within: 1 }], 0.5).quantile; // 0.5
 */
export function bucketedQuantile(
  bins: readonly Bin[],
  buckets: readonly Bucket[],
  p: number,
  options: { level?: number } = {},
): BucketedQuantile | { readonly status: 'insufficient'; readonly missing: string } {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const place = quantileBin(bins, p);
  const total = requireBuckets(bins, buckets, place);
  const filled = buckets.filter(({ n }) => n > 0).length;
  if (filled < 2) return { status: 'insufficient', missing: `${filled} of at least 2 buckets with values` };
  const { share, error } = shareError(
    buckets.map(({ within }) => within),
    buckets.map(({ n }) => n),
  );
  const critical = normalUpperQuantile((1 - level) / 2);
  const [lowerRank, upperRank] = [
    Math.floor(total * (p - critical * error)),
    Math.ceil(total * (p + critical * error)),
  ];
  const lower = error === 0 || lowerRank < 1 ? null : bins[binAt(bins, lowerRank)]!.lower;
  const upper = error === 0 || upperRank > total ? null : bins[binAt(bins, upperRank)]!.upper;
  return {
    status: 'ok',
    method: 'outer interval by ranks, bucketed',
    quantile: bins[place]!.middle,
    share,
    shareError: error,
    lower,
    upper,
    standardError: lower === null || upper === null ? null : (upper - lower) / (2 * critical),
  };
}

/** The bin of the value of a rank, from 1. */
function binAt(bins: readonly Bin[], rank: number): number {
  let upTo = 0;
  return bins.findIndex(({ n }) => {
    upTo += n;
    return upTo >= Math.max(1, rank);
  });
}

/** The number of values in all bins. */
function requireBins(bins: readonly Bin[]): number {
  requireNotEmpty('bins', bins);
  bins.forEach(({ lower, middle, upper, n }, i) => {
    requireCount(`bins[${i}].n`, n);
    requireFinite(`bins[${i}].lower`, lower);
    requireFinite(`bins[${i}].upper`, upper);
    if (!(lower <= middle && middle <= upper && (i === 0 || lower >= bins[i - 1]!.upper - Math.abs(lower) * 1e-12))) {
      throw new RangeError(`bins[${i}] must be above the bin before and hold its middle, got ${lower} to ${upper}`);
    }
  });
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) throw new RangeError('bins must hold values, got 0');
  return total;
}

function requireBuckets(bins: readonly Bin[], buckets: readonly Bucket[], place: number): number {
  buckets.forEach(({ n, within }, i) => {
    requireCount(`buckets[${i}].n`, n);
    requireCount(`buckets[${i}].within`, within);
    if (within > n) throw new RangeError(`buckets[${i}].within must be at most n = ${n}, got ${within}`);
  });
  const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);
  const [inBins, upTo] = [sum(bins.map(({ n }) => n)), sum(bins.slice(0, place + 1).map(({ n }) => n))];
  const [inBuckets, within] = [sum(buckets.map(({ n }) => n)), sum(buckets.map((bucket) => bucket.within))];
  if (inBins !== inBuckets || upTo !== within) {
    throw new RangeError(`buckets must hold ${inBins} values, ${upTo} up to the quantile, got ${inBuckets}, ${within}`);
  }
  return inBins;
}
