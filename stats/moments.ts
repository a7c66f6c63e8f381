import { requireCount, requireFinite, requireNonNegative } from './domain.ts';

/**
 * What is kept of a sample: enough for means, variances and skewness, and mergeable without loss.
 *
 * `m2` is the centred second moment, the sum of (x - mean)^2; `m3` the sum of (x - mean)^3 where it was asked for.
 * `meanTail` is what of the mean did not fit into `mean` (0 if left out): with values near 1e9 a double rounds a mean
 * by 1e-7, which is too much for the difference of two means and for merging.
 */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly meanTail?: number;
  readonly m2: number;
  readonly m3?: number;
}

/** Sums of x - shift, of its square and, where wanted, its cube, over n values. */
export interface ShiftedSums {
  readonly n: number;
  readonly shift: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly sumOfCubes?: number;
}

export const NO_VALUES: Moments = Object.freeze({ n: 0, mean: 0, m2: 0, m3: 0 });

/**
 * The moments of a list of values.
 *
 * Input: finite numbers; an empty list is allowed. Output: {@link Moments} with `m3`; mean 0 if there are no values.
 * Error: all digits on NIST StRD NumAcc1; NumAcc3 to 1e-9 and NumAcc4 to 1e-8 of the sd, the rounding of their data.
 * Edges: no `m3` where cubes overflow, beyond 1e102.
 * Source: two passes with the correction term of Chan, Golub and LeVeque 1983, centred on the first value.
 * @throws RangeError if a value is not finite or the sum of squares overflows.
 * @example
 * momentsOf([1e9 + 1, 1e9 + 2, 1e9 + 3]); // { n: 3, mean: 1000000002, meanTail: 0, m2: 2, m3: 0 }
 */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  if (n === 0) return NO_VALUES;
  const origin = values[0]!;
  let sum = 0;
  values.forEach((value, index) => {
    requireFinite(`values[${index}]`, value);
    sum += value - origin;
  });
  const { mean, meanTail } = exactSum(origin, sum / n);
  let residual = 0;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const d = value - mean;
    residual += d;
    squares += d * d;
    cubes += d * d * d;
  }
  const d = residual / n;
  const m3 = cubes - 3 * d * squares + 2 * d * d * residual;
  return withThird({ n, mean, meanTail, m2: squares - d * residual }, m3);
}

/** Refuses values whose squares overflow; a third moment that overflows by itself is left out. */
function withThird(moments: Moments, m3: number): Moments {
  if (!Number.isFinite(moments.m2)) {
    throw new RangeError(`values must be small enough for the sum of their squares, got a sum of ${moments.m2}`);
  }
  return Number.isFinite(m3) ? { ...moments, m3 } : moments;
}

/** a + b as a double and what of it was rounded away (Knuth's two-sum). */
function exactSum(a: number, b: number): { mean: number; meanTail: number } {
  const mean = a + b;
  const part = mean - a;
  return { mean, meanTail: a - (mean - part) + (b - part) };
}

/**
 * The moments behind sums that were shifted by a constant before squaring, as a roll-up keeps them.
 *
 * Input: {@link ShiftedSums}; n a count, the rest finite, `sumOfSquares` at least 0 and possible for its `sum`.
 * Output: {@link Moments}, with `m3` if `sumOfCubes` is given.
 * Error: n Σx² - (Σx)² is formed exactly before its only rounding; what remains is the rounding of the sums given.
 * Edges: n = 0 gives no values; a square sum below its least possible value by rounding alone gives m2 = 0.
 * @throws RangeError if a sum is out of its domain or `sumOfSquares` is impossible for `n` and `sum`.
 * @example
 * momentsFromShiftedSums({ n: 3, shift: 1e9, sum: 6, sumOfSquares: 14 }); // { n: 3, mean: 1000000002, meanTail: 0, m2: 2 }
 */
export function momentsFromShiftedSums(sums: ShiftedSums): Moments {
  const { n, shift, sum, sumOfSquares, sumOfCubes } = sums;
  requireCount('n', n);
  requireFinite('shift', shift);
  requireFinite('sum', sum);
  requireNonNegative('sumOfSquares', sumOfSquares);
  if (n === 0) return sumOfCubes === undefined ? { n: 0, mean: 0, m2: 0 } : NO_VALUES;
  const m2 = n === 1 ? 0 : differenceOfProducts(n, sumOfSquares, sum, sum) / n;
  if (m2 < -1e-9 * sumOfSquares) {
    throw new RangeError(`sumOfSquares must be at least sum^2 / n = ${(sum * sum) / n}, got ${sumOfSquares}`);
  }
  const moments = { n, ...exactSum(shift, sum / n), m2: Math.max(0, m2) };
  if (sumOfCubes === undefined) return moments;
  requireFinite('sumOfCubes', sumOfCubes);
  const d = sum / n;
  return { ...moments, m3: n === 1 ? 0 : sumOfCubes - 3 * d * sumOfSquares + 2 * d * d * sum };
}

/** a b - c d with one rounding (Kahan; products split by Dekker's method where they do not overflow). */
export function differenceOfProducts(a: number, b: number, c: number, d: number): number {
  const correction = productError(a, b) - productError(c, d);
  return a * b - c * d + (Number.isFinite(correction) ? correction : 0);
}

function productError(a: number, b: number): number {
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return aLow * bLow - (a * b - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function split(value: number): [number, number] {
  const scaled = 134217729 * value;
  const high = scaled - (scaled - value);
  return [high, value - high];
}

/**
 * The moments of two samples put together.
 *
 * Input: two {@link Moments}. Output: theirs united; `m3` if both have it. The order of merging changes rounding only.
 * Error: relative 1e-15 per merge for m2, also at a mean 1e9 standard deviations from 0.
 * Source: Chan, Golub and LeVeque 1983; Pébay 2008, eq. 2.1 for the third moment.
 * @throws RangeError if a count, mean or m2 is out of its domain or overflows.
 * @example
 * mergeMoments(momentsOf([1, 2]), momentsOf([6])); // { n: 3, mean: 3, meanTail: 0, m2: 14, m3: 18 }
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  requireMoments('a', a);
  requireMoments('b', b);
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  // the larger sample is the base: its mean is the one that moves least
  const [base, other] = a.n >= b.n ? [a, b] : [b, a];
  const n = base.n + other.n;
  const delta = meanDelta(base, other);
  const share = other.n / n;
  const between = delta * delta * base.n * share;
  const mean = exactSum(base.mean, (base.meanTail ?? 0) + delta * share);
  const merged = { n, ...mean, m2: base.m2 + other.m2 + between };
  if (base.m3 === undefined || other.m3 === undefined) return withThird(merged, Number.NaN);
  const cross = (3 * delta * (base.n * other.m2 - other.n * base.m2)) / n;
  return withThird(merged, base.m3 + other.m3 + (between * delta * (base.n - other.n)) / n + cross);
}

/** The mean of b less the mean of a, with the digits that neither mean holds by itself. */
export function meanDelta(a: Pick<Moments, 'mean' | 'meanTail'>, b: Pick<Moments, 'mean' | 'meanTail'>): number {
  return b.mean - a.mean + ((b.meanTail ?? 0) - (a.meanTail ?? 0));
}

/** Moments that real values can have. */
export function requireMoments(name: string, moments: Moments): void {
  requireCount(`${name}.n`, moments.n);
  requireFinite(`${name}.mean`, moments.mean);
  requireFinite(`${name}.meanTail`, moments.meanTail ?? 0);
  requireNonNegative(`${name}.m2`, moments.m2);
  if (moments.m3 !== undefined) requireFinite(`${name}.m3`, moments.m3);
}

/**
 * The sample variance, with divisor n - 1.
 *
 * Output: at least 0; `null` below two values, where it is undefined.
 * @throws RangeError if a moment is out of its domain.
 * @example
 * variance(momentsOf([1, 2, 3, 4, 5])); // 2.5
 */
export function variance(moments: Moments): number | null {
  requireMoments('moments', moments);
  return moments.n < 2 ? null : moments.m2 / (moments.n - 1);
}

/**
 * The sample standard deviation, the root of {@link variance}.
 *
 * Output: at least 0; `null` below two values.
 * @throws RangeError if a moment is out of its domain.
 * @example
 * standardDeviation(momentsOf([1, 2, 3])); // 1
 */
export function standardDeviation(moments: Moments): number | null {
  const value = variance(moments);
  return value === null ? null : Math.sqrt(value);
}

/**
 * The skewness g1 = √n m3 / m2^1.5 of a sample.
 *
 * Output: any number, 0 for a symmetric sample; `null` without a third moment or without variance.
 * @throws RangeError if a moment is out of its domain.
 * @example
 * skewness(momentsOf([0, 0, 0, 4])); // 1.1547005383792515
 */
export function skewness(moments: Moments): number | null {
  requireMoments('moments', moments);
  if (moments.m3 === undefined || moments.m2 === 0) return null;
  return (Math.sqrt(moments.n) * moments.m3) / moments.m2 ** 1.5;
}
