import { requireProbability, requireShape } from '../domain.ts';
import { log1mExp } from './log-space.ts';
import { devianceTerm, stirlingError } from './saddle-point.ts';

/** Natural logarithms of a lower and an upper tail that sum to 1. */
export interface LogTails {
  readonly lower: number;
  readonly upper: number;
}

const TINY = 1e-300;
const MAX_TERMS = 10_000_000;

/**
 * Both tails of the beta distribution as natural logarithms, right also where the tail itself underflows.
 *
 * Input: x in [0, 1] and y = 1 - x (given, so that neither end loses digits); a, b above 0.
 * Output: `lower` = log I_x(a, b), `upper` = log I_y(b, a); each at most 0, `-Infinity` for an empty tail.
 * Error: relative 1e-13 of the smaller tail down to 1e-300 for a, b up to 1e9 (3e-10 by @stdlib's betainc at
 * a = b = 5e6); below that relative 1e-14 of the logarithm (mpmath).
 * Edges: cost grows with the square root of the larger parameter near the centre.
 * Source: even part of the continued fraction DLMF 8.17.22 (Didonato and Morris 1992) by Lentz's method;
 * prefactor by Loader 2000.
 */
export function logBetaTails(x: number, y: number, a: number, b: number): LogTails {
  if (x <= 0) return { lower: Number.NEGATIVE_INFINITY, upper: 0 };
  if (y <= 0) return { lower: 0, upper: Number.NEGATIVE_INFINITY };
  const density = logBetaKernel(x, y, a, b);
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(0, density - Math.log(betaFraction(x, y, a, b)));
    return { lower, upper: log1mExp(lower) };
  }
  const upper = Math.min(0, density - Math.log(betaFraction(y, x, b, a)));
  return { lower: log1mExp(upper), upper };
}

/** log of x^a y^b / B(a, b): the density times x y, which is the derivative of I in logit(x). */
export function logBetaKernel(x: number, y: number, a: number, b: number): number {
  const n = a + b;
  const offset = a * y - b * x;
  const deviance = devianceTerm(a, n * x, offset) + devianceTerm(b, n * y, -offset);
  const scale = 0.5 * (Math.log(a) + Math.log(b / n) - Math.log(2 * Math.PI));
  return scale - deviance + (stirlingError(n) - stirlingError(a) - stirlingError(b));
}

/** The continued fraction itself, I_x(a, b) = kernel / fraction; a y - b x keeps it exact where x is close to 1. */
function betaFraction(x: number, y: number, a: number, b: number): number {
  const offset = a * y - b * x + 1;
  let value = nonZero((a * offset) / (a + 1));
  let c = value;
  let d = 0;
  for (let m = 1; m < MAX_TERMS; m++) {
    const low = a + 2 * m - 1;
    const share = (m * (b - m) * x) / low;
    const numerator = ((share * x) / low) * (a + m - 1) * (a + b + m - 1);
    const denominator = m + share + ((a + m) * (offset + m * (2 - x))) / (a + 2 * m + 1);
    d = 1 / nonZero(denominator + numerator * d);
    c = nonZero(denominator + numerator / c);
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < 2e-16) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/**
 * The regularised incomplete beta function I_x(a, b) and its complement, each computed as its own tail.
 *
 * Input: x in [0, 1]; a, b above 0. Output: `lower` = I_x(a, b), `upper` = 1 - I_x(a, b).
 * Error: as {@link logBetaTails}; y is taken as 1 - x.
 * @throws RangeError if x is outside [0, 1] or a or b is not above 0 and at most 1e12.
 * @example
 * incompleteBeta(0.5, 2, 3).lower; // 0.6875
 */
export function incompleteBeta(x: number, a: number, b: number): { lower: number; upper: number } {
  requireProbability('x', x);
  requireShape('a', a);
  requireShape('b', b);
  const tails = logBetaTails(x, 1 - x, a, b);
  return { lower: Math.exp(tails.lower), upper: Math.exp(tails.upper) };
}
