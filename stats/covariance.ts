import { requireFinite, requireSameLength } from './domain.ts';
import { momentsOf } from './moments.ts';

/** Covariance and correlation of paired values; `null` where undefined. */
export interface Covariance {
  readonly n: number;
  readonly covariance: number | null;
  readonly correlation: number | null;
}

/**
 * The sample covariance (divisor n - 1) and the correlation of pairs.
 *
 * Input: x and y of the same length, finite. Output: {@link Covariance}: the covariance is `null` below two pairs, the
 * correlation also where one of the two does not vary; the correlation lies in [-1, 1].
 * Error: relative 1e-15 on the ground truth; two passes, so that an offset costs nothing.
 * @throws RangeError if lengths differ or a value is not finite.
 * @example
 * sampleCovariance([1, 2, 3], [1, 2, 3]); // { n: 3, covariance: 1, correlation: 1 }
 */
export function sampleCovariance(x: readonly number[], y: readonly number[]): Covariance {
  requireSameLength('x', x, 'y', y);
  for (let i = 0; i < x.length; i++) {
    requireFinite(`x[${i}]`, x[i]!);
    requireFinite(`y[${i}]`, y[i]!);
  }
  const n = x.length;
  if (n < 2) return { n, covariance: null, correlation: null };
  const a = momentsOf(x);
  const b = momentsOf(y);
  let products = 0;
  for (let i = 0; i < n; i++) products += (x[i]! - a.mean) * (y[i]! - b.mean);
  const scale = Math.sqrt(a.m2 * b.m2) || Math.sqrt(a.m2) * Math.sqrt(b.m2);
  const correlation = scale === 0 ? null : Math.max(-1, Math.min(1, products / scale));
  return { n, covariance: products / (n - 1), correlation };
}
