import { requireNonNegative, requirePositive } from '../domain.ts';
import { devianceTerm, stirlingError } from '../special/saddle-point.ts';
import { pOfLogE } from './normal-mixture.ts';

/** Evidence against a stated probability. */
export interface BinomialEvidence {
  /** Natural logarithm of the e-value. */
  readonly logE: number;
  /** min(1, 1 / e) at this look. */
  readonly p: number;
  readonly log10P: number;
}

export interface BetaBinomialInput {
  readonly successes: number;
  readonly failures: number;
  /** The probability under test, strictly between 0 and 1. */
  readonly p0: number;
  /** Beta prior of the alternative; 1 and 1 by default. */
  readonly priorA?: number;
  readonly priorB?: number;
}

/**
 * The evidence, so far, that a success probability is not p0: valid at all looks together, exact at any sample size.
 *
 * Input: {@link BetaBinomialInput}; counts need not be whole. Output: {@link BinomialEvidence}; e ever reaches 1 / α with a
 * probability of at most α if p0 is right.
 * Error: relative 1e-11 for up to 1e9 units (mpmath), where a difference of log-betas loses eight digits.
 * Source: Robbins 1970; Lindon and Malek 2022: B(a + s, b + f) / B(a, b) over p0^s (1 - p0)^f, by deviances (Loader 2000).
 * @throws RangeError if a count is negative, p0 not strictly between 0 and 1, or a prior not above 0.
 * @example
 * betaBinomialEValue({ successes: 60, failures: 40, p0: 0.5 }).logE; // -0.0909648...
 */
export function betaBinomialEValue(input: BetaBinomialInput): BinomialEvidence {
  const { successes, failures, p0, priorA = 1, priorB = 1 } = input;
  requireNonNegative('successes', successes);
  requireNonNegative('failures', failures);
  if (!(p0 > 0 && p0 < 1)) throw new RangeError(`p0 must be between 0 and 1, got ${String(p0)}`);
  requirePositive('priorA', priorA);
  requirePositive('priorB', priorB);
  const logE = betaBinomialLogE(successes, failures, p0, 1 - p0, priorA, priorB);
  return { logE, ...pOfLogE(logE) };
}

/** {@link betaBinomialEValue} as a logarithm, for inputs known to be good; q0 is 1 - p0, s and f at least 0. */
export function betaBinomialLogE(s: number, f: number, p0: number, q0: number, a: number, b: number): number {
  if (s + f === 0) return 0;
  return posterior(a + s, b + f, p0, q0) - posterior(a, b, p0, q0);
}

/** log of B(x, y) p0^-x q0^-y, less a constant. */
function posterior(x: number, y: number, p0: number, q0: number): number {
  const n = x + y;
  const offset = x * q0 - y * p0;
  const deviance = devianceTerm(x, n * p0, offset) + devianceTerm(y, n * q0, -offset);
  const stirling = stirlingError(x) + stirlingError(y) - stirlingError(n);
  return deviance + stirling - 0.5 * (Math.log(x) + Math.log(y / n));
}
