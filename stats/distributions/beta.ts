import { requireProbability, requireShape } from '../domain.ts';
import { logBetaKernel, logBetaTails } from '../special/incomplete-beta.ts';

/**
 * The value below which a beta variable falls with probability p.
 *
 * Input: p from 0 to 1; a, b above 0. Output: x from 0 to 1.
 * Error: relative 1e-13 of x for a, b from 0.5 to 1e9 (mpmath).
 * Source: Newton's method on the logarithm of the smaller tail as a function of logit(x), which is concave.
 * @throws RangeError if p is outside [0, 1] or a or b is not above 0 and at most 1e12.
 * @example
 * betaQuantile(0.025, 11, 91); // 0.055637223835302986
 */
export function betaQuantile(p: number, a: number, b: number): number {
  requireProbability('p', p);
  return betaTailQuantile(p, 1 - p, a, b);
}

/** As {@link betaQuantile}, given the probability q above x: for q close to 0, where 1 - q is rounded. */
export function betaUpperQuantile(q: number, a: number, b: number): number {
  requireProbability('q', q);
  return betaTailQuantile(1 - q, q, a, b);
}

function betaTailQuantile(p: number, q: number, a: number, b: number): number {
  requireShape('a', a);
  requireShape('b', b);
  if (p <= 0) return 0;
  if (q <= 0) return 1;
  return p <= q ? solveLowerTail(Math.log(p), a, b).x : solveLowerTail(Math.log(q), b, a).y;
}

/** x and y = 1 - x with log I_x(a, b) equal to the target. */
function solveLowerTail(target: number, a: number, b: number): { x: number; y: number } {
  let logit = Math.log(a / b);
  for (let k = 0; k < 200; k++) {
    const { x, y } = fromLogit(logit);
    const log = logBetaTails(x, y, a, b).lower;
    const step = (target - log) / Math.exp(logBetaKernel(x, y, a, b) - log);
    if (!Number.isFinite(step)) break;
    logit += step;
    if (Math.abs(step) <= 1e-15 * Math.max(1, Math.abs(logit))) break;
  }
  return fromLogit(logit);
}

function fromLogit(logit: number): { x: number; y: number } {
  return { x: 1 / (1 + Math.exp(-logit)), y: 1 / (1 + Math.exp(logit)) };
}
