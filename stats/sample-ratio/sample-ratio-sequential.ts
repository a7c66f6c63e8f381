import { requireNotEmpty, requirePositive } from '../domain.ts';
import { toLog10 } from '../special/log-space.ts';
import { devianceTerm, stirlingError } from '../special/saddle-point.ts';
import { expectedArms } from './arm-counts.ts';

export interface SampleRatioSequentialOptions {
  /** Prior units behind the weights under "mismatch"; 10000 by default. Fix it before looking. */
  readonly concentration?: number;
}

export const DEFAULT_CONCENTRATION = 10_000;

/**
 * The evidence for a sample ratio mismatch so far, as the natural logarithm of a Bayes factor, which is an e-value: it
 * may be looked at after every unit, and under healthy assignment ever reaches 1/α with a probability of at most α.
 *
 * Input: observed counts so far and weights per arm. Output: log BF, any number; 0 without units. Alarm at 1,000 is
 * log BF >= 6.9. Units in arms of weight 0 are not counted: `sampleRatioTest` reports them.
 * Error: relative 1e-11 for 1 to 1e9 units (mpmath), where a sum of log-gammas loses eight digits.
 * Assumes: weights constant over these units; where they change, use one stratum for each (`sampleRatioEvidence`).
 * Source: Lindon and Malek 2022 (arXiv 2011.03567): Dirichlet-multinomial against multinomial.
 * @throws RangeError if a count is not a whole number of at least 0, a weight negative, all weights 0, lengths differ, or
 * the concentration is not above 0.
 * @example
 * sampleRatioLogBayesFactor([9100, 900], [0.9, 0.1]); // 2.4962684667953257
 */
export function sampleRatioLogBayesFactor(
  observed: readonly number[],
  weights: readonly number[],
  options: SampleRatioSequentialOptions = {},
): number {
  const c = options.concentration ?? DEFAULT_CONCENTRATION;
  requirePositive('concentration', c);
  const { counts, shares, total } = expectedArms(observed, weights);
  if (counts.length < 2 || total === 0) return 0;
  let sum = 0.5 * Math.log1p(total / c) - (stirlingError(c + total) - stirlingError(c));
  shares.forEach((share, index) => {
    const count = counts[index]!;
    const prior = c * share;
    const difference = count - share * total;
    sum += devianceTerm(prior + count, share * (c + total), difference);
    sum -= 0.5 * Math.log1p(count / prior) - (stirlingError(prior + count) - stirlingError(prior));
  });
  return sum;
}

/** The state of a sequential sample-ratio test at one look. */
export interface SampleRatioLook {
  readonly logBayesFactor: number;
  /** The smallest 1 / BF so far, at most 1: a p-value that stays valid however often one looks. */
  readonly p: number;
  readonly log10P: number;
}

/**
 * The sequential test at a series of looks, with its running p-value.
 *
 * Input: cumulative counts per look, in order, and the weights. Output: one {@link SampleRatioLook} a look.
 * Error, source: as {@link sampleRatioLogBayesFactor}.
 * @throws RangeError as {@link sampleRatioLogBayesFactor}.
 * @example
 * sampleRatioSequential([[1000, 1000], [20000, 20000]], [1, 1]).at(-1)?.p; // 1
 */
export function sampleRatioSequential(
  cumulativeCounts: readonly (readonly number[])[],
  weights: readonly number[],
  options: SampleRatioSequentialOptions = {},
): SampleRatioLook[] {
  let best = 0;
  return cumulativeCounts.map((counts) => {
    const logBayesFactor = sampleRatioLogBayesFactor(counts, weights, options);
    best = Math.max(best, logBayesFactor);
    return { logBayesFactor, ...validP(best) };
  });
}

function validP(logE: number): { p: number; log10P: number } {
  const bounded = Math.max(0, logE);
  return { p: Math.exp(-bounded), log10P: toLog10(-bounded) };
}

/** Units counted while one set of weights held: a step of a canary, an epoch of a bandit. */
export interface SampleRatioStratum {
  readonly observed: readonly number[];
  readonly weights: readonly number[];
}

export interface SampleRatioEvidence {
  /** Natural logarithm of the e-value: the sum over strata. */
  readonly logE: number;
  /** min(1, 1 / e) at this look; the running minimum over looks is the caller's to keep. */
  readonly p: number;
  readonly log10P: number;
  /** log Bayes factor per stratum, in the order given. */
  readonly perStratum: readonly number[];
  /** Units in arms of weight 0, over all strata. */
  readonly unexpected: number;
}

/**
 * The evidence for a mismatch over strata of different weights: the product of their e-values.
 *
 * Input: strata in any order. Output: {@link SampleRatioEvidence}; alarm at e >= 1,000, that is logE >= 6.907755.
 * Error, source: as {@link sampleRatioLogBayesFactor}. Assumes: weights of a stratum fixed before its first unit.
 * @throws RangeError if there are no strata, or as {@link sampleRatioLogBayesFactor}.
 * @example
 * sampleRatioEvidence([{ observed: [905, 95], weights: [0.9, 0.1] }]).logE; // -0.0329936...
 */
export function sampleRatioEvidence(
  strata: readonly SampleRatioStratum[],
  options: SampleRatioSequentialOptions = {},
): SampleRatioEvidence {
  requireNotEmpty('strata', strata);
  const perStratum = strata.map(({ observed, weights }) => sampleRatioLogBayesFactor(observed, weights, options));
  const logE = perStratum.reduce((sum, log) => sum + log, 0);
  const unexpected = strata.reduce((sum, s) => sum + expectedArms(s.observed, s.weights).unexpected, 0);
  return { logE, ...validP(logE), perStratum, unexpected };
}
