import gammaln from '@stdlib/math-base-special-gammaln';
import { requirePositive } from '../domain.ts';
import { stirlingError } from './saddle-point.ts';

/**
 * The natural logarithm of the gamma function.
 *
 * Input: x, above 0. Output: log Gamma(x).
 * Error: relative 2e-16 at points from 1e-10 to 3e12, absolute 1e-16 at the zeros 1 and 2 (mpmath).
 * Source: FreeBSD msun `e_lgamma_r.c`, by @stdlib/math-base-special-gammaln.
 * @throws RangeError if x is not a finite number above 0.
 * @example
 * logGamma(10); // 12.801827480081469
 */
export function logGamma(x: number): number {
  requirePositive('x', x);
  return gammaln(x);
}

const HALF_LOG_TWO_PI = 0.9189385332046727;

/**
 * The natural logarithm of the beta function B(a, b).
 *
 * Input: a, b, above 0. Output: log B(a, b).
 * Error: relative 1e-13 for a, b from 1e-4 to 1e9, where three log-gammas lose eight digits (mpmath).
 * Source: Stirling's formula with its remainder; the large parameter enters by log1p only.
 * @throws RangeError if a or b is not a finite number above 0.
 * @example
 * logBeta(2, 3); // -2.4849066497880004
 */
export function logBeta(a: number, b: number): number {
  requirePositive('a', a);
  requirePositive('b', b);
  const large = Math.max(a, b);
  const small = Math.min(a, b);
  const sum = large + small;
  const powers = -(large - 0.5) * Math.log1p(small / large) + small * Math.log(small / sum) - 0.5 * Math.log(small);
  return HALF_LOG_TWO_PI + powers + stirlingError(small) + (stirlingError(large) - stirlingError(sum));
}
