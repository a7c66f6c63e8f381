import { logBinomialPmf } from '../special/log-mass.ts';
import { logAddExp, toLog10 } from '../special/log-space.ts';
import { exactLogP } from '../special/point-probability.ts';
import { expectedArms } from './arm-counts.ts';
import { missingForRatio, type SampleRatioNotEnough } from './sample-ratio.ts';

/** The most outcomes that are enumerated for three arms or more. */
export const MOST_OUTCOMES = 1_000_000;

export interface SampleRatioExact {
  readonly status: 'ok';
  readonly method: 'exact binomial' | 'exact multinomial';
  readonly p: number;
  readonly log10P: number;
  readonly unexpected: number;
}

/** More outcomes than can be enumerated: the chi-square test is then accurate or can be simulated. */
export interface TooManyOutcomes {
  readonly status: 'too_large';
  readonly unexpected: number;
}

/**
 * The exact test of a sample ratio, for small expected counts: the probability of all outcomes that are at most as
 * probable as the observed one.
 *
 * Input: as `sampleRatioTest`. Output: {@link SampleRatioExact}; for two open arms of any size, for more as long as
 * there are at most 1,000,000 outcomes, else `too_large`.
 * Error: relative 1e-11 (scipy binomtest, mpmath enumeration).
 * Edges: as `sampleRatioTest`. Source: two-sided by point probability, with R's slack of 1e-7.
 * @throws RangeError if a count is not a whole number of at least 0, a weight negative, all weights 0, or lengths differ.
 * @example
 * sampleRatioExact([60, 40], [1, 1]).p; // 0.0568879...
 */
export function sampleRatioExact(
  observed: readonly number[],
  weights: readonly number[],
): SampleRatioExact | TooManyOutcomes | SampleRatioNotEnough {
  const { counts, shares, total, unexpected } = expectedArms(observed, weights);
  const missing = missingForRatio(counts.length, total);
  if (missing) return { status: 'insufficient', missing, unexpected };
  if (counts.length === 2) {
    const log = logBinomialTwoSided(counts[0]!, total, shares[0]!, shares[1]!);
    return { status: 'ok', method: 'exact binomial', p: Math.exp(log), log10P: toLog10(log), unexpected };
  }
  if (outcomes(total, counts.length) > MOST_OUTCOMES) return { status: 'too_large', unexpected };
  const log = logMultinomialTwoSided(counts, shares, total);
  return { status: 'ok', method: 'exact multinomial', p: Math.exp(log), log10P: toLog10(log), unexpected };
}

function logBinomialTwoSided(x: number, n: number, p: number, q: number): number {
  return exactLogP(x, {
    low: 0,
    high: n,
    mode: Math.min(n, Math.floor((n + 1) * p)),
    logMass: (k) => logBinomialPmf(k, n, p, q),
    ratio: (k) => ((n - k) / (k + 1)) * (p / q),
  }).twoSided;
}

/** Ways to put n units into k arms: C(n + k - 1, k - 1). */
function outcomes(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i < k; i++) ways *= (n + i) / i;
  return ways;
}

/** Sums over all outcomes; a multinomial probability is a product of conditional binomial ones. */
function logMultinomialTwoSided(counts: readonly number[], shares: readonly number[], total: number): number {
  const rest = shares.map((_, arm) => shares.slice(arm).reduce((sum, share) => sum + share, 0));
  const step = (arm: number, count: number, left: number): number => {
    const q = (rest[arm + 1] ?? 0) / rest[arm]!;
    return logBinomialPmf(count, left, shares[arm]! / rest[arm]!, q);
  };
  let observed = 0;
  let left = total;
  counts.forEach((count, arm) => {
    observed += arm === counts.length - 1 ? 0 : step(arm, count, left);
    left -= count;
  });
  const limit = observed + Math.log1p(1e-7);
  let sum = Number.NEGATIVE_INFINITY;
  const visit = (arm: number, remaining: number, log: number): void => {
    if (arm === counts.length - 1) {
      if (log <= limit) sum = logAddExp(sum, log);
      return;
    }
    for (let count = 0; count <= remaining; count++)
      visit(arm + 1, remaining - count, log + step(arm, count, remaining));
  };
  visit(0, total, 0);
  return Math.min(0, sum);
}
