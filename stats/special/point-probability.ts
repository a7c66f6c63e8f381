import { log1mExp, logAddExp } from './log-space.ts';

/** A distribution on whole numbers whose probabilities rise to one mode and fall after it. */
export interface Unimodal {
  readonly low: number;
  readonly high: number;
  /** A most probable value. */
  readonly mode: number;
  readonly logMass: (x: number) => number;
  /** mass(x + 1) / mass(x). */
  readonly ratio: (x: number) => number;
}

/** Natural logarithms of exact p-values; each at most 0. */
export interface ExactLogP {
  readonly twoSided: number;
  readonly greater: number;
  readonly less: number;
}

/** R's slack: outcomes as probable as the observed one count although their probabilities differ by rounding. */
const SLACK = 1e-7;

/**
 * Exact p-values of an observed value: P(X >= x), P(X <= x), and the two-sided one, the probability of all values that
 * are at most as probable as x. Only the terms that matter are summed, in time of a few standard deviations.
 */
export function exactLogP(x: number, distribution: Unimodal): ExactLogP {
  const { low, high, mode } = distribution;
  const greater = x > mode ? logUpperSum(x, distribution) : log1mExp(logLowerSum(x - 1, distribution));
  const less = x < mode ? logLowerSum(x, distribution) : log1mExp(logUpperSum(x + 1, distribution));
  const limit = distribution.logMass(x) + Math.log1p(SLACK);
  if (distribution.logMass(mode) <= limit) return { twoSided: 0, greater, less };
  const twoSided =
    x > mode
      ? logAddExp(greater, logLowerSum(lastWithin(low - 1, mode, limit, distribution), distribution))
      : logAddExp(less, logUpperSum(lastWithin(high + 1, mode, limit, distribution), distribution));
  return { twoSided: Math.min(0, twoSided), greater, less };
}

/** From outside the support towards the mode, the last value whose mass is within the limit, by halving. */
function lastWithin(outside: number, mode: number, limit: number, { logMass }: Unimodal): number {
  let within = outside;
  let above = mode;
  while (Math.abs(above - within) > 1) {
    const middle = Math.floor((within + above) / 2);
    if (logMass(middle) <= limit) within = middle;
    else above = middle;
  }
  return within;
}

/** log P(X >= x) for x at or above the mode. */
function logUpperSum(x: number, { high, logMass, ratio }: Unimodal): number {
  if (x > high) return Number.NEGATIVE_INFINITY;
  let term = 1;
  let sum = 1;
  for (let k = x; k < high && term > sum * 1e-17; k++) {
    term *= ratio(k);
    sum += term;
  }
  return Math.min(0, logMass(x) + Math.log(sum));
}

/** log P(X <= x) for x at or below the mode. */
function logLowerSum(x: number, { low, logMass, ratio }: Unimodal): number {
  if (x < low) return Number.NEGATIVE_INFINITY;
  let term = 1;
  let sum = 1;
  for (let k = x; k > low && term > sum * 1e-17; k--) {
    term /= ratio(k - 1);
    sum += term;
  }
  return Math.min(0, logMass(x) + Math.log(sum));
}
