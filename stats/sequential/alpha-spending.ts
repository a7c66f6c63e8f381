import { normalLogSf, normalSf, normalUpperQuantile } from '../distributions/normal.ts';
import { requireFinite, requireNonNegative, requirePositive } from '../domain.ts';

/** How the error probability is spent over the information: a function from 0 to 1 of the planned maximum. */
export type SpendingFunction =
  | { readonly type: 'obrien_fleming' }
  | { readonly type: 'pocock' }
  /** alpha t^rho; rho 1 is linear. */
  | { readonly type: 'power'; readonly rho: number }
  /** Hwang, Shih and DeCani; gamma 0 is linear, negative spends late. */
  | { readonly type: 'hwang_shih_decani'; readonly gamma: number };

/**
 * How much of a one-sided error probability may be spent by a time, cumulatively.
 *
 * Input: the spending function; t, information as a fraction of the planned maximum, at least 0 (above 1 counts as 1);
 * alpha of one side, above 0 and below 1. Output: from 0 to alpha, never falling in t, alpha itself from t = 1 on.
 * For a two-sided test give half its alpha and spend the result on each side.
 * Error: relative 1e-13 against mpmath, also at 1e-111 (O'Brien–Fleming at t = 0.01): the tail is a survival function.
 * Edges: 0 at t = 0, and where the tail underflows.
 * Source: Lan and DeMets 1983: 2 - 2 Φ(z_{1-α/2} / √t) and α ln(1 + (e - 1) t); Kim and DeMets 1987; Hwang, Shih and
 * DeCani 1990.
 * @throws RangeError if t or alpha is outside its range, rho is not above 0, gamma is not finite or the type unknown.
 * @example
 * alphaSpent({ type: 'obrien_fleming' }, 0.5, 0.025); // 0.00152532...
 */
export function alphaSpent(spending: SpendingFunction, t: number, alpha: number): number {
  requireNonNegative('t', t);
  requireAlpha(alpha);
  requireSpending(spending);
  if (t === 0) return 0;
  return t >= 1 ? alpha : Math.min(alpha, spentWithin(spending, t, alpha));
}

function spentWithin(spending: SpendingFunction, t: number, alpha: number): number {
  switch (spending.type) {
    case 'obrien_fleming':
      return 2 * normalSf(normalUpperQuantile(alpha / 2) / Math.sqrt(t));
    case 'pocock':
      return alpha * Math.log1p((Math.E - 1) * t);
    case 'power':
      return alpha * t ** spending.rho;
    case 'hwang_shih_decani':
      return alpha * exponentialShare(spending.gamma, t);
  }
}

/** (1 - e^(-γ t)) / (1 - e^(-γ)); a large negative γ is turned round, so that nothing overflows. */
function exponentialShare(gamma: number, t: number): number {
  if (Math.abs(gamma) < 1e-17) return t;
  if (gamma > 0) return Math.expm1(-gamma * t) / Math.expm1(-gamma);
  return (Math.exp(-gamma * (t - 1)) * Math.expm1(gamma * t)) / Math.expm1(gamma);
}

function requireSpending(spending: SpendingFunction): void {
  switch (spending.type) {
    case 'obrien_fleming':
    case 'pocock':
      return;
    case 'power':
      requirePositive('rho', spending.rho);
      return;
    case 'hwang_shih_decani':
      requireFinite('gamma', spending.gamma);
      return;
    default:
      throw new RangeError(
        `type must be a known spending function, got ${String((spending as { type: unknown }).type)}`,
      );
  }
}

/** An error probability: strictly between 0 and 1. */
export function requireAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1, got ${String(alpha)}`);
}

/** z with upper tail q, for q between 0 and 1; the smaller tail keeps its digits. */
export function upperTailQuantile(q: number): number {
  return q <= 0.5 ? normalUpperQuantile(q) : -normalUpperQuantile(1 - q);
}

/** log of {@link alphaSpent} for inputs known to be good: finite where the amount itself underflows. */
export function logAlphaSpent(spending: SpendingFunction, t: number, alpha: number): number {
  if (t >= 1) return Math.log(alpha);
  if (spending.type !== 'obrien_fleming') return Math.log(alphaSpent(spending, t, alpha));
  return Math.LN2 + normalLogSf(normalUpperQuantile(alpha / 2) / Math.sqrt(t));
}

/** z with an upper tail of e^logQ, for tails that underflow: Newton's method on the logarithm. */
export function farTailQuantile(logQ: number): number {
  let z = Math.sqrt(-2 * logQ);
  for (let k = 0; k < 20; k++) {
    const step = (normalLogSf(z) - logQ) / (z + 1 / z);
    z += step;
    if (Math.abs(step) <= 1e-15 * z) break;
  }
  return z;
}
