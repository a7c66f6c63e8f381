import { requireNumber } from '../domain.ts';
import { logConcaveIntegral } from '../special/integrate.ts';
import { normalCdf, normalLogSf } from './normal.ts';

const HALF_LOG_TWO_PI = 0.9189385332046727;

/**
 * The probability that one standard normal variable is below h and another, correlated with it, below k.
 *
 * Input: h and k, any numbers, infinities included; the correlation, from -1 to 1. Output: from 0 to 1.
 * Error: relative 1e-12 for |correlation| up to 0.999, also at probabilities of 1e-100 (mpmath).
 * Source: the density of the first times the conditional probability of the second, integrated over the logarithm of the
 * distance from h; every part is positive, so that small probabilities keep their digits.
 * @throws RangeError if h or k is not a number or the correlation outside [-1, 1].
 * @example
 * bivariateNormalCdf(0, 0, 0.5); // 0.3333333333333333
 */
export function bivariateNormalCdf(h: number, k: number, correlation: number): number {
  requireNumber('h', h);
  requireNumber('k', k);
  if (!(Math.abs(correlation) <= 1)) {
    throw new RangeError(`correlation must be from -1 to 1, got ${String(correlation)}`);
  }
  if (Math.min(h, k) === Number.NEGATIVE_INFINITY) return 0;
  if (Math.max(h, k) === Number.POSITIVE_INFINITY || correlation === 1) return normalCdf(Math.min(h, k));
  if (correlation === -1) return between(-k, h);
  if (correlation === 0) return normalCdf(h) * normalCdf(k);
  const [low, high] = [Math.min(h, k), Math.max(h, k)];
  const spread = Math.sqrt((1 - correlation) * (1 + correlation));
  const logIntegrand = (u: number): number => {
    const x = low - Math.exp(u);
    return normalLogSf((correlation * x - high) / spread) - 0.5 * x * x - HALF_LOG_TWO_PI + u;
  };
  return Math.min(1, Math.exp(logConcaveIntegral(logIntegrand, 0, 1)));
}

/** P(a < Z < b), 0 if there is nothing between; by the tails on the side where both are small. */
function between(a: number, b: number): number {
  if (a >= b) return 0;
  return a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a);
}
