import { requireShape } from '../domain.ts';
import { logGammaTails } from '../special/incomplete-gamma.ts';

/**
 * The probability that a chi-square variable is above x: the p-value of a chi-square test.
 *
 * Input: x at least 0; df, the degrees of freedom, above 0. Output: from 0 to 1.
 * Error: relative 1e-13 down to 1e-300 (mpmath).
 * Source: regularised upper incomplete gamma function of df / 2 and x / 2.
 * @throws RangeError if x is not a number of at least 0 or df is not above 0 and at most 1e12.
 * @example
 * chiSquareSf(10.827566170662733, 1); // 0.001
 */
export function chiSquareSf(x: number, df: number): number {
  return Math.exp(chiSquareLogSf(x, df));
}

/**
 * The natural logarithm of the probability that a chi-square variable is above x.
 *
 * Input: as {@link chiSquareSf}. Output: at most 0; right where the probability underflows.
 * Error: relative 1e-14 of the logarithm below 1e-300 (mpmath).
 * @throws RangeError if x is not a number of at least 0 or df is not above 0 and at most 1e12.
 * @example
 * chiSquareLogSf(60, 2); // -30
 */
export function chiSquareLogSf(x: number, df: number): number {
  if (!(x >= 0)) throw new RangeError(`x must be a number of at least 0, got ${String(x)}`);
  requireShape('df', df);
  return x === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : logGammaTails(df / 2, x / 2).upper;
}
