import { chiSquareLogSf } from '../distributions/chi-square.ts';
import { toLog10 } from '../special/log-space.ts';
import { devianceTerm } from '../special/saddle-point.ts';
import { expectedArms } from './arm-counts.ts';

/** A test of observed counts against weights. */
export interface SampleRatioTest {
  readonly status: 'ok';
  /** Pearson's chi-square, its p-value and the base-10 logarithm of it. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
  readonly log10P: number;
  /** The likelihood-ratio statistic and its p-value. */
  readonly gStatistic: number;
  readonly pG: number;
  /** Expected counts of the arms with a positive weight, in their order. */
  readonly expected: readonly number[];
  /** Units in arms of weight 0; above 0 something assigns them in spite of the plan. */
  readonly unexpected: number;
}

/** Fewer than two arms with a positive weight, or no units. */
export interface SampleRatioNotEnough {
  readonly status: 'insufficient';
  readonly missing: string;
  readonly unexpected: number;
}

/**
 * Whether units arrived in the proportions that the weights say: a sample ratio mismatch means that some units are lost
 * or added by arm, and that no estimate of the experiment can be trusted.
 *
 * Input: observed counts and weights per arm, same length; weights need not sum to 1.
 * Output: {@link SampleRatioTest}. Look once: for repeated looks use `sampleRatioSequential`.
 * Error: relative 1e-12 (p, log10 p), against mpmath.
 * Assumes: independent units; expected counts of 5 or more, below that use `sampleRatioExact`.
 * Edges: an arm of weight 0 is no degree of freedom and its units are reported as `unexpected`, not tested; one open
 * arm or no units: `insufficient`.
 * Source: Pearson 1900; Fabijan et al. 2019 (KDD).
 * @throws RangeError if a count is not a whole number of at least 0, a weight negative, all weights 0, or lengths differ.
 * @example
 * sampleRatioTest([5100, 4900, 0], [1, 1, 0]).p; // 0.0455...
 */
export function sampleRatioTest(
  observed: readonly number[],
  weights: readonly number[],
): SampleRatioTest | SampleRatioNotEnough {
  const { counts, shares, total, unexpected } = expectedArms(observed, weights);
  const missing = missingForRatio(counts.length, total);
  if (missing) return { status: 'insufficient', missing, unexpected };
  let chiSquare = 0;
  let deviance = 0;
  const expected = shares.map((share) => share * total);
  expected.forEach((mean, index) => {
    const count = counts[index]!;
    chiSquare += ((count - mean) * (count - mean)) / mean;
    deviance += devianceTerm(count, mean);
  });
  const degreesOfFreedom = counts.length - 1;
  const log = chiSquareLogSf(chiSquare, degreesOfFreedom);
  const pG = Math.exp(chiSquareLogSf(2 * deviance, degreesOfFreedom));
  const p = Math.exp(log);
  const log10P = toLog10(log);
  return { status: 'ok', chiSquare, degreesOfFreedom, p, log10P, gStatistic: 2 * deviance, pG, expected, unexpected };
}

export function missingForRatio(openArms: number, total: number): string | null {
  if (openArms < 2) return `${openArms} of at least 2 arms with a positive weight`;
  return total === 0 ? 'no units in any arm' : null;
}
