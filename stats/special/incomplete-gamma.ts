import { requireNonNegative, requireShape } from '../domain.ts';
import type { LogTails } from './incomplete-beta.ts';
import { log1mExp } from './log-space.ts';
import { devianceTerm, stirlingError } from './saddle-point.ts';

const TINY = 1e-300;
const MAX_TERMS = 10_000_000;

/**
 * Both tails of the gamma distribution with shape a as natural logarithms, right also where a tail underflows.
 *
 * Input: a above 0, x at least 0. Output: `lower` = log P(a, x), `upper` = log Q(a, x).
 * Error: relative 1e-13 of the smaller tail down to 1e-300, then relative 1e-14 of the logarithm (mpmath).
 * Source: series DLMF 8.11.4 below a + 1, continued fraction DLMF 8.9.2 above; prefactor by Loader 2000.
 */
export function logGammaTails(a: number, x: number): LogTails {
  if (x === 0) return { lower: Number.NEGATIVE_INFINITY, upper: 0 };
  // x^a e^-x / Gamma(a)
  const kernel = 0.5 * Math.log(a / (2 * Math.PI)) - devianceTerm(a, x) - stirlingError(a);
  if (x < a + 1) {
    const lower = Math.min(0, kernel - Math.log(a) + Math.log(lowerSeries(a, x)));
    return { lower, upper: log1mExp(lower) };
  }
  const upper = Math.min(0, kernel + Math.log(upperFraction(a, x)));
  return { lower: log1mExp(upper), upper };
}

function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < MAX_TERMS && term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < MAX_TERMS; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b || TINY);
    c = b + numerator / c || TINY;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 2e-16) break;
  }
  return value;
}

/**
 * The regularised incomplete gamma functions P(a, x) and Q(a, x), each computed as its own tail.
 *
 * Input: a above 0, x at least 0. Output: `lower` = P(a, x), `upper` = Q(a, x) = 1 - P(a, x).
 * Error: as {@link logGammaTails}.
 * @throws RangeError if a is not above 0 and at most 1e12 or x not a finite number of at least 0.
 * @example
 * incompleteGamma(5, 2).upper; // 0.9473469826562889
 */
export function incompleteGamma(a: number, x: number): { lower: number; upper: number } {
  requireShape('a', a);
  requireNonNegative('x', x);
  const tails = logGammaTails(a, x);
  return { lower: Math.exp(tails.lower), upper: Math.exp(tails.upper) };
}
