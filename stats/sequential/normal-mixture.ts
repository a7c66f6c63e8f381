import { normalLogSf } from '../distributions/normal.ts';
import { type Interval, requireFinite, requireLevel, requirePositive } from '../domain.ts';
import { toLog10 } from '../special/log-space.ts';
import { requireAlpha } from './alpha-spending.ts';

/** A test that may be looked at after every unit: its error rate holds over all looks together, for ever. */
export interface AlwaysValidTest {
  /** Natural logarithm of the e-value for an effect against none; never overflows. */
  readonly logE: number;
  /** min(1, 1 / e) at this look; over looks see `alwaysValidP`. */
  readonly p: number;
  readonly log10P: number;
  readonly level: number;
  /** Covers the effect at all looks together; excludes 0 exactly when p is below 1 - level. */
  readonly interval: Interval;
  readonly halfWidth: number;
  /** Half-width over the standard error: 1.96 in a test with one look. */
  readonly criticalZ: number;
}

export interface MixtureInput {
  readonly estimate: number;
  /** Variance of the estimate: the square of its standard error. */
  readonly variance: number;
  /** tau², the variance of the effects looked for: fixed before the first look, see `mixingVarianceForEffect`. */
  readonly mixingVariance: number;
  readonly level?: number;
}

/**
 * The always-valid test of a normal estimate, by a normal mixture of likelihood ratios.
 *
 * Input: {@link MixtureInput}. Output: {@link AlwaysValidTest}.
 * Error: relative 1e-13 (mpmath), log e also beyond 709, where e overflows.
 * Assumes: the estimate is normal with known variance; from about 100 units on a good approximation. tau fixed before.
 * Source: Robbins 1970; Johari, Koomen, Pekelis and Walsh 2022:
 * ln E = ½ ln(V / (V + τ²)) + d² τ² / (2 V (V + τ²)).
 * @throws RangeError if the estimate is not finite, a variance not above 0, or the level outside (0, 1).
 * @example
 * normalMixtureTest({ estimate: 0.5, variance: 0.04, mixingVariance: 0.01 }).logE; // 0.51342822...
 */
export function normalMixtureTest(input: MixtureInput): AlwaysValidTest {
  const { estimate, variance, mixingVariance, level = 0.95 } = input;
  requireMixture(estimate, variance, mixingVariance, level);
  const ratio = ratioOf(mixingVariance, variance);
  const z = estimate / Math.sqrt(variance);
  const logE = 0.5 * z * z * (ratio / (1 + ratio)) - 0.5 * Math.log1p(ratio);
  const criticalZ = mixtureCriticalZ(ratio, 1 - level);
  const halfWidth = criticalZ * Math.sqrt(variance);
  const interval = { lower: estimate - halfWidth, upper: estimate + halfWidth };
  return { logE, ...pOfLogE(logE), level, interval, halfWidth, criticalZ };
}

/** As {@link AlwaysValidTest}, for a gain only: the interval has no upper end. */
export type OneSidedAlwaysValidTest = AlwaysValidTest;

/**
 * The one-sided always-valid test: is the effect above 0?
 *
 * Input: as {@link normalMixtureTest}; for harm give the estimate with its sign turned. Output: `interval` is
 * [estimate - half-width, Infinity); log e comes from the half-normal mixture, the half-width from its closed bound,
 * which is wider by less than 1 %: a bound above 0 implies p below 1 - level, and the reverse but for that gap.
 * Source: Howard et al. 2021 (half-normal mixture); Waudby-Smith et al. 2024, appendix: √(2 (r + 1) / r ln(1 + √(r + 1) / (2 α))).
 * @throws RangeError as {@link normalMixtureTest}.
 * @example
 * oneSidedMixtureTest({ estimate: 0.5, variance: 0.01, mixingVariance: 0.01 }).interval.lower; // 0.17030...
 */
export function oneSidedMixtureTest(input: MixtureInput): OneSidedAlwaysValidTest {
  const { estimate, variance, mixingVariance, level = 0.95 } = input;
  requireMixture(estimate, variance, mixingVariance, level);
  const ratio = ratioOf(mixingVariance, variance);
  const scaled = (estimate / Math.sqrt(variance)) * Math.sqrt(ratio / (1 + ratio));
  const logE = Math.LN2 - 0.5 * Math.log1p(ratio) + logMills(scaled);
  const criticalZ = Math.sqrt(2 * ((1 + ratio) / ratio) * Math.log1p(Math.sqrt(1 + ratio) / (2 * (1 - level))));
  const halfWidth = criticalZ * Math.sqrt(variance);
  const interval = { lower: estimate - halfWidth, upper: Number.POSITIVE_INFINITY };
  return { logE, ...pOfLogE(logE), level, interval, halfWidth, criticalZ };
}

/** z²/2 + log Φ(z): far below 0 the two cancel, so there the series of their sum is taken. */
function logMills(z: number): number {
  if (z > -1000) return 0.5 * z * z + normalLogSf(-z);
  return Math.log1p(-1 / (z * z)) - Math.log(-z) - HALF_LOG_TWO_PI;
}

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** A ratio that stays a positive number where the division leaves the range of doubles. */
function ratioOf(a: number, b: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, a / b));
}

function requireMixture(estimate: number, variance: number, mixingVariance: number, level: number): void {
  requireFinite('estimate', estimate);
  requirePositive('variance', variance);
  requirePositive('mixingVariance', mixingVariance);
  requireLevel(level);
}

/** The bound of |z| at which the mixture's e-value reaches 1 / alpha; ratio is tau² over the variance now. */
export function mixtureCriticalZ(ratio: number, alpha: number): number {
  return Math.sqrt(((1 + ratio) / ratio) * (Math.log1p(ratio) - 2 * Math.log(alpha)));
}

/** The tau² over variance at which the band is narrowest, closely: -2 ln α + ln(1 - 2 ln α). */
export function bestMixtureRatio(alpha: number): number {
  const twice = -2 * Math.log(alpha);
  return twice + Math.log1p(twice);
}

/**
 * The mixing variance tau² for an experiment that looks for a declared effect: the band is narrowest, relative to a test
 * with one look, when its half-width equals that effect.
 *
 * Input: the minimum detectable effect, in the unit of the estimate, above 0; alpha, 0.05 by default. Output: tau².
 * Source: Howard et al. 2021, section 3.5, for the tuning; solved for the effect in closed form.
 * @throws RangeError if the effect is not above 0 or alpha is outside (0, 1).
 * @example
 * mixingVarianceForEffect(0.01); // 0.0000861...
 */
export function mixingVarianceForEffect(minimumDetectableEffect: number, alpha = 0.05): number {
  requirePositive('minimumDetectableEffect', minimumDetectableEffect);
  requireAlpha(alpha);
  const ratio = bestMixtureRatio(alpha);
  return ratio * (minimumDetectableEffect / mixtureCriticalZ(ratio, alpha)) ** 2;
}

/** p of an e-value: at most 1, with its base-10 logarithm. */
export function pOfLogE(logE: number): { p: number; log10P: number } {
  const bounded = Math.max(0, logE);
  return { p: Math.exp(-bounded), log10P: toLog10(-bounded) };
}

/**
 * The always-valid p-value over a series of looks: the least 1 / e so far, at most 1.
 *
 * Input: log e per look, in order; `-Infinity` allowed. Output: per look p now and the running minimum.
 * Source: Johari et al. 2022.
 * @throws RangeError if a value is not a number.
 * @example
 * alwaysValidP([0.9, 0.1]).at(-1)?.runningP; // 0.4065...
 */
export function alwaysValidP(logE: readonly number[]): { p: number; runningP: number; log10RunningP: number }[] {
  let best = 0;
  return logE.map((value, k) => {
    if (Number.isNaN(value)) throw new RangeError(`logE[${k}] must be a number, got NaN`);
    best = Math.max(best, value);
    const running = pOfLogE(best);
    return { p: pOfLogE(value).p, runningP: running.p, log10RunningP: running.log10P };
  });
}
