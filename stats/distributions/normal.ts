import erfc from '@stdlib/math-base-special-erfc';
import { requireNumber, requireProbability } from '../domain.ts';
import { toLog10 } from '../special/log-space.ts';

const HALF_LOG_TWO_PI = 0.9189385332046727;
const SQRT_TWO_OVER_PI = 0.7978845608028654;
/** From here on the continued fraction is exact and the library's exponential starts to lose digits. */
const TAIL_FROM = 6;

/**
 * The probability that a standard normal variable is below z.
 *
 * Input: z, any number, infinities included. Output: from 0 to 1.
 * Error: relative 3e-15 for z from -37 to 37 (mpmath); 0 below z = -38.6, where {@link normalLogSf} still answers.
 * Source: erfc by @stdlib/math-base-special-erfc; continued fraction of Mills' ratio (DLMF 7.9.2) in the tail.
 * @throws RangeError if z is not a number.
 * @example
 * normalCdf(-3); // 0.0013498980316300946
 */
export function normalCdf(z: number): number {
  return normalSf(-z);
}

/**
 * The probability that a standard normal variable is above z: a tail of its own, never 1 - cdf.
 *
 * Input: z, any number, infinities included. Output: from 0 to 1. Error, source: as {@link normalCdf}.
 * @throws RangeError if z is not a number.
 * @example
 * normalSf(8); // 6.220960574271784e-16
 */
export function normalSf(z: number): number {
  requireNumber('z', z);
  if (z < TAIL_FROM) return 0.5 * erfc(z * Math.SQRT1_2);
  if (z > 40) return 0;
  // e^(-z^2 / 2) in two exact parts: rounding z^2 alone would cost three digits at z = 37
  const high = Math.fround(z);
  const bell = Math.exp(-0.5 * high * high) * Math.exp(-0.5 * (z - high) * (z + high));
  return (bell * 0.5 * SQRT_TWO_OVER_PI) / tailFraction(z);
}

/**
 * The natural logarithm of the probability that a standard normal variable is above z.
 *
 * Input: z, any number, infinities included. Output: at most 0; right where the probability underflows.
 * Error: relative 2e-15 for z from -37 to 1e6 (mpmath).
 * Source: continued fraction of Mills' ratio, DLMF 7.9.2, from z = 6 on.
 * @throws RangeError if z is not a number.
 * @example
 * normalLogSf(1000); // -500007.82669481216
 */
export function normalLogSf(z: number): number {
  requireNumber('z', z);
  if (z === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  if (z >= TAIL_FROM) return -0.5 * z * z - HALF_LOG_TWO_PI - Math.log(tailFraction(z));
  return z < -1 ? logComplement(normalSf(-z)) : Math.log(normalSf(z));
}

/** log(1 - tail), +0 for an empty tail. */
function logComplement(tail: number): number {
  return tail === 0 ? 0 : Math.log1p(-tail);
}

/** z + 1/(z + 2/(z + 3/(z + ...))): the density over the tail. */
function tailFraction(z: number): number {
  let value = z;
  for (let k = Math.ceil(20 + 1200 / (z * z)); k >= 1; k--) value = z + k / value;
  return value;
}

/** Two-sided p of a standard normal statistic, as natural logarithm; at z = 0 exactly 0. */
export function normalLogTwoSided(z: number): number {
  const size = Math.abs(z);
  if (size > 0.01) return Math.LN2 + normalLogSf(size);
  const square = size * size;
  return logComplement(SQRT_TWO_OVER_PI * size * (1 - square / 6 + (square * square) / 40));
}

/**
 * The two-sided p-value of a standard normal statistic, with its base-10 logarithm.
 *
 * Input: z, any number. Output: `p` from 0 to 1, `log10P` at most 0 (finite and right where `p` is 0).
 * @throws RangeError if z is not a number.
 * @example
 * normalTwoSidedP(-40).log10P; // -349.13597646368186
 */
export function normalTwoSidedP(z: number): { p: number; log10P: number } {
  return { p: Math.min(1, 2 * normalSf(Math.abs(z))), log10P: toLog10(normalLogTwoSided(z)) };
}

/**
 * The value below which a standard normal variable falls with probability p.
 *
 * Input: p from 0 to 1. Output: z; `-Infinity` at 0, `Infinity` at 1.
 * Error: relative 1e-15 for p from 1e-300 to 1 - 1e-16 (mpmath); @stdlib's quantile is infinite at 1e-30.
 * Source: Hastings 1955 (Abramowitz and Stegun 26.2.23) as start, Newton's method on the logarithm of the tail.
 * @throws RangeError if p is outside [0, 1].
 * @example
 * normalQuantile(0.975); // 1.959963984540054
 */
export function normalQuantile(p: number): number {
  requireProbability('p', p);
  return p <= 0.5 ? 0 - normalUpperQuantile(p) : normalUpperQuantile(1 - p);
}

/** z >= 0 with upper tail q, for q from 0 to 0.5. */
export function normalUpperQuantile(q: number): number {
  if (q === 0) return Number.POSITIVE_INFINITY;
  const t = Math.sqrt(-2 * Math.log(q));
  const rational = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  let z = Math.max(0, t - rational);
  for (let k = 0; k < 4; k++) {
    const sf = normalSf(z);
    const density = Math.exp(-0.5 * z * z - HALF_LOG_TWO_PI);
    // far out, Newton on log sf; in the centre on sf itself, which keeps the digits next to q = 0.5
    const step = q < 0.1 ? (normalLogSf(z) - Math.log(q)) * millsRatio(z, sf, density) : (sf - q) / density;
    z += step;
    if (Math.abs(step) <= 1e-16 * z) break;
  }
  return Math.max(0, z);
}

function millsRatio(z: number, sf: number, density: number): number {
  return z >= TAIL_FROM ? 1 / tailFraction(z) : sf / density;
}
