import { requireFinite, requireLevel, requirePositive } from '../domain.ts';
import { upperTailQuantile } from './alpha-spending.ts';
import {
  type AlwaysValidTest,
  bestMixtureRatio,
  mixtureCriticalZ,
  normalMixtureTest,
  oneSidedMixtureTest,
} from './normal-mixture.ts';

export interface SequenceInput {
  readonly estimate: number;
  readonly standardError: number;
  /** Units so far, both arms together. */
  readonly n: number;
  /** Units at which the band is to be narrowest: fixed before the first look, best the planned maximum. */
  readonly tunedTo: number;
  readonly level?: number;
}

/** An always-valid test with the scale it was tuned to. */
export interface SequenceTest extends AlwaysValidTest {
  /** Root of tau² over the variance that one unit would have. */
  readonly rho: number;
}

/**
 * The asymptotic confidence sequence: an always-valid band tuned by the number of units at which it is to be narrowest.
 *
 * Input: {@link SequenceInput}. Output: {@link SequenceTest}; the same test as `normalMixtureTest` with
 * tau² = rho² n se², rho² = (-2 ln α + ln(1 - 2 ln α)) / tunedTo.
 * Error: relative 1e-13 (mpmath). Assumes: means of about 100 units or more; with fewer the band may be too narrow.
 * Edges: tuned twenty times too small the band needs 2.9 times the sample; see `sequentialWidth`.
 * Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024.
 * @throws RangeError if a number is not finite, se, n or tunedTo not above 0, or the level outside (0, 1).
 * @example
 * asymptoticSequence({ estimate: 0.12, standardError: 0.05, n: 1000, tunedTo: 5000 }).halfWidth; // 0.16819...
 */
export function asymptoticSequence(input: SequenceInput): SequenceTest {
  const { rho, variance, mixingVariance } = mixture(input, 1 - (input.level ?? 0.95));
  const { estimate, level = 0.95 } = input;
  return { rho, ...normalMixtureTest({ estimate, variance, mixingVariance, level }) };
}

/**
 * The one-sided form of {@link asymptoticSequence}: a lower bound for the effect, tuned at twice the alpha.
 *
 * Input, error, source: as {@link asymptoticSequence} and `oneSidedMixtureTest`.
 * @throws RangeError as {@link asymptoticSequence}, or if the level is not above 0.5.
 * @example
 * oneSidedAsymptoticSequence({ estimate: 0.12, standardError: 0.05, n: 1000, tunedTo: 5000 }).halfWidth; // 0.15762...
 */
export function oneSidedAsymptoticSequence(input: SequenceInput): SequenceTest {
  const { estimate, level = 0.95 } = input;
  if (!(level > 0.5)) throw new RangeError(`level must be above 0.5 for one side, got ${String(level)}`);
  const { rho, variance, mixingVariance } = mixture(input, 2 * (1 - level));
  return { rho, ...oneSidedMixtureTest({ estimate, variance, mixingVariance, level }) };
}

function mixture(input: SequenceInput, alpha: number): { rho: number; variance: number; mixingVariance: number } {
  const { estimate, standardError, n, tunedTo, level = 0.95 } = input;
  requireFinite('estimate', estimate);
  requirePositive('standardError', standardError);
  requirePositive('n', n);
  requirePositive('tunedTo', tunedTo);
  requireLevel(level);
  const rhoSquared = bestMixtureRatio(alpha) / tunedTo;
  const variance = standardError ** 2;
  return { rho: Math.sqrt(rhoSquared), variance, mixingVariance: rhoSquared * n * variance };
}

/**
 * How much wider the always-valid band is than the interval of a test with one look at the same sample.
 *
 * Input: units n, units tuned to, level. Output: the ratio of widths, and its square: how many times the sample the band
 * needs for the same width.
 * @throws RangeError if n or tunedTo is not above 0, or the level outside (0, 1).
 * @example
 * sequentialWidth({ n: 5000, tunedTo: 5000 }).ratio; // 1.54860...
 */
export function sequentialWidth(input: { readonly n: number; readonly tunedTo: number; readonly level?: number }): {
  ratio: number;
  sampleInflation: number;
} {
  const { n, tunedTo, level = 0.95 } = input;
  requirePositive('n', n);
  requirePositive('tunedTo', tunedTo);
  requireLevel(level);
  const alpha = 1 - level;
  const ratio = mixtureCriticalZ((n * bestMixtureRatio(alpha)) / tunedTo, alpha) / upperTailQuantile(alpha / 2);
  return { ratio, sampleInflation: ratio * ratio };
}
