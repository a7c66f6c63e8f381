import { requireNumber, requirePositive, requireProbability } from '../domain.ts';
import { logBetaKernel, logBetaTails } from '../special/incomplete-beta.ts';
import { logBeta } from '../special/log-gamma.ts';
import { log1mExp, toLog10 } from '../special/log-space.ts';
import { normalUpperQuantile } from './normal.ts';

/**
 * The probability that a Student t variable is above t.
 *
 * Input: t, any number, infinities included; df, the degrees of freedom, above 0 and not necessarily whole.
 * Output: from 0 to 1. Error: relative 1e-13 down to 1e-300 for df from 1 to 1e9 (mpmath).
 * Source: incomplete beta function with both x and 1 - x formed without subtraction.
 * @throws RangeError if t is not a number or df not a finite number above 0.
 * @example
 * studentTSf(2.5, 2); // 0.0648058601107554
 */
export function studentTSf(t: number, df: number): number {
  return Math.exp(studentTLogSf(t, df));
}

/**
 * The natural logarithm of the probability that a Student t variable is above t.
 *
 * Input: as {@link studentTSf}. Output: at most 0; right where the probability underflows.
 * Error: relative 1e-14 of the logarithm below 1e-300 (mpmath).
 * @throws RangeError if t is not a number or df not a finite number above 0.
 * @example
 * studentTLogSf(30, 500); // -261.2117841546752
 */
export function studentTLogSf(t: number, df: number): number {
  requireNumber('t', t);
  requirePositive('df', df);
  const half = studentTLogTwoSided(t, df) - Math.LN2;
  return t >= 0 ? half : log1mExp(half);
}

/** Two-sided p of a Student t statistic, as natural logarithm; at t = 0 exactly 0. */
export function studentTLogTwoSided(t: number, df: number): number {
  const logScaled = Math.log(Math.abs(t)) - 0.5 * Math.log(df);
  if (logScaled > POWER_LAW_FROM) return logPowerLaw(df) - df * logScaled;
  const { x, y } = betaArguments(t, df);
  return logBetaTails(x, y, df / 2, 0.5).lower;
}

/** From log(t / sqrt(df)) of this size on, the tail is a pure power of t to more digits than a double holds. */
const POWER_LAW_FROM = 100;

/** The two-sided tail far out is e^this (t / sqrt(df))^-df. */
function logPowerLaw(df: number): number {
  return -Math.log(df / 2) - logBeta(df / 2, 0.5);
}

/** x = df / (df + t^2) and y = t^2 / (df + t^2). */
function betaArguments(t: number, df: number): { x: number; y: number } {
  const odds = (t / df) * t;
  return { x: 1 / (1 + odds), y: odds / (1 + odds) };
}

/**
 * The two-sided p-value of a Student t statistic, with its base-10 logarithm.
 *
 * Input: as {@link studentTSf}. Output: `p` from 0 to 1, `log10P` at most 0 (finite and right where `p` is 0).
 * @throws RangeError if t is not a number or df not a finite number above 0.
 * @example
 * studentTTwoSidedP(2.5, 2).p; // 0.1296117202215108
 */
export function studentTTwoSidedP(t: number, df: number): { p: number; log10P: number } {
  requireNumber('t', t);
  requirePositive('df', df);
  const log = studentTLogTwoSided(t, df);
  return { p: Math.exp(log), log10P: toLog10(log) };
}

/**
 * The value below which a Student t variable falls with probability p.
 *
 * Input: p from 0 to 1; df above 0. Output: t; `-Infinity` at 0, `Infinity` at 1.
 * Error: relative 1e-13 for df from 1 to 1e9 and tails from 1e-300 to 0.49; 4e-12 at a tail of 0.49999, where the
 * rounding of p alone costs as much (mpmath).
 * Source: Newton's method, in the centre on the tail, outside on its logarithm as a function of log t; both are
 * concave, so that it converges from every start.
 * @throws RangeError if p is outside [0, 1] or df not a finite number above 0.
 * @example
 * studentTQuantile(0.975, 10); // 2.2281388519862744
 */
export function studentTQuantile(p: number, df: number): number {
  requireProbability('p', p);
  requirePositive('df', df);
  return p <= 0.5 ? 0 - studentTUpperQuantile(p, df) : studentTUpperQuantile(1 - p, df);
}

/** t >= 0 with upper tail q, for q from 0 to 0.5. */
export function studentTUpperQuantile(q: number, df: number): number {
  if (q === 0) return Number.POSITIVE_INFINITY;
  if (q === 0.5) return 0;
  return q > 0.25 ? centralQuantile(q, df) : tailQuantile(q, df);
}

function centralQuantile(q: number, df: number): number {
  let t = 0;
  for (let k = 0; k < 100; k++) {
    const step = (studentTSf(t, df) - q) / density(t, df);
    t += step;
    if (Math.abs(step) <= 1e-15 * t) break;
  }
  return t;
}

function tailQuantile(q: number, df: number): number {
  const target = Math.log(q);
  const farOut = (logPowerLaw(df) - target - Math.LN2) / df;
  if (farOut > POWER_LAW_FROM) return Math.exp(farOut + 0.5 * Math.log(df));
  const z = normalUpperQuantile(q);
  let logT = 0.5 * (Math.log(df) + Math.log(Math.expm1(Math.min((z * z) / df, 2 * POWER_LAW_FROM))));
  for (let k = 0; k < 100; k++) {
    const t = Math.exp(logT);
    const logSf = studentTLogSf(t, df);
    // t density / sf, from the kernel of the beta function: it does not underflow before sf does
    const { x, y } = betaArguments(t, df);
    const slope = Math.exp(logBetaKernel(x, y, df / 2, 0.5) - logSf);
    const step = (logSf - target) / slope;
    logT += step;
    if (Math.abs(step) <= 1e-15 * Math.max(1, Math.abs(logT))) break;
  }
  return Math.exp(logT);
}

function density(t: number, df: number): number {
  if (t === 0) return Math.exp(-logBeta(df / 2, 0.5) - 0.5 * Math.log(df));
  const { x, y } = betaArguments(t, df);
  return Math.exp(logBetaKernel(x, y, df / 2, 0.5)) / t;
}
