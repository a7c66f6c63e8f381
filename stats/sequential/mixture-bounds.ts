import { normalLogSf } from '../distributions/normal.ts';
import { requireFinite, requireNonNegative, requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { logBetaTails } from '../special/incomplete-beta.ts';
import { requireAlpha } from './alpha-spending.ts';
import { betaBinomialLogE } from './beta-binomial-e-value.ts';
import { bestMixtureRatio } from './normal-mixture.ts';

/** How a mixture is tuned: the band is narrowest, at error probability `alphaOpt`, when the variance process is `vOpt`. */
export interface MixtureTuning {
  readonly vOpt: number;
  /** 0.05 by default. */
  readonly alphaOpt?: number;
  /** true: a bound above only. false by default. */
  readonly oneSided?: boolean;
}

/**
 * log of the normal-mixture e-process at a sum s of deviations with intrinsic variance v.
 *
 * Input: s, v at least 0, tuning. Output: natural logarithm of an e-value. Error: relative 1e-13 (mpmath).
 * Assumes: s is sub-Gaussian with variance process v. Source: Howard et al. 2021, eq. 14 (two-sided), prop. 3 (one-sided).
 * @throws RangeError if s is not finite, v negative, vOpt not above 0 or alphaOpt outside (0, 1), (0, 0.5) if one-sided.
 * @example
 * normalMixtureLogE(10, 100, { vOpt: 100, oneSided: true }); // -0.0650239...
 */
export function normalMixtureLogE(s: number, v: number, tuning: MixtureTuning): number {
  requireFinite('s', s);
  requireNonNegative('v', v);
  return logNormalMixture(s, v, scaleOf(tuning), tuning.oneSided ?? false);
}

/**
 * The bound that a sum of deviations stays below at all times together with a probability of at least 1 - alpha.
 *
 * Input: v, at least 0; alpha; tuning. Output: the bound, of |s| unless one-sided. Error: relative 1e-13.
 * Assumes, source: as {@link normalMixtureLogE}.
 * @throws RangeError as {@link normalMixtureLogE}, or if alpha is outside (0, 1).
 * @example
 * normalMixtureBound(100, 0.05, { vOpt: 100, oneSided: true }); // 27.6607...
 */
export function normalMixtureBound(v: number, alpha: number, tuning: MixtureTuning): number {
  requireNonNegative('v', v);
  requireAlpha(alpha);
  const rho = scaleOf(tuning);
  const twoSided = Math.sqrt((v + rho) * (Math.log1p(v / rho) - 2 * Math.log(alpha)));
  if (!tuning.oneSided) return twoSided;
  // above 0 the one-sided e-value is at least the two-sided one, so its bound is reached earlier
  return findRoot((s) => logNormalMixture(s, v, rho, true) + Math.log(alpha), 0, twoSided);
}

function scaleOf({ vOpt, alphaOpt = 0.05, oneSided = false }: MixtureTuning): number {
  requirePositive('vOpt', vOpt);
  requireAlpha(alphaOpt);
  if (oneSided && alphaOpt >= 0.5) throw new RangeError(`alphaOpt must be below 0.5 if one-sided, got ${alphaOpt}`);
  return vOpt / bestMixtureRatio(oneSided ? 2 * alphaOpt : alphaOpt);
}

function logNormalMixture(s: number, v: number, rho: number, oneSided: boolean): number {
  const twoSided = (s * s) / (2 * (v + rho)) - 0.5 * Math.log1p(v / rho);
  return oneSided ? Math.LN2 + twoSided + normalLogSf(-s / Math.sqrt(v + rho)) : twoSided;
}

/** Tuning of the mixture for bounded deviations: each lies in [-g, h], both above 0. */
export interface BoundedTuning extends MixtureTuning {
  readonly g: number;
  readonly h: number;
}

/**
 * The bound of {@link normalMixtureBound} for sums of bounded deviations, exact at small samples (sub-Bernoulli).
 *
 * Input: v, at least 0; alpha; tuning with the range [-g, h] of one deviation. Output: the bound of s above, at most v / g,
 * the largest sum there can be. Error: relative 1e-11 (mpmath).
 * Source: Howard et al. 2021, prop. 7 (beta-binomial mixture), r = max(rho - g h, g h / 1000) as confseq.
 * @throws RangeError as {@link normalMixtureBound}, or if g or h is not above 0.
 * @example
 * betaBinomialMixtureBound(100, 0.05, { vOpt: 100, g: 0.2, h: 0.8 }); // 31.43079...
 */
export function betaBinomialMixtureBound(v: number, alpha: number, tuning: BoundedTuning): number {
  requireNonNegative('v', v);
  requireAlpha(alpha);
  const { g, h } = tuning;
  requirePositive('g', g);
  requirePositive('h', h);
  const prior = Math.max(scaleOf(tuning) - g * h, 1e-3 * g * h);
  const excess = (s: number): number => logBoundedMixture(s, v, prior, tuning) + Math.log(alpha);
  const most = v / g;
  return most === 0 || excess(most) < 0 ? most : findRoot(excess, 0, most);
}

/** The sum as v / (g h) Bernoulli trials of probability g / (g + h), against a beta prior of r / (g h) trials. */
function logBoundedMixture(s: number, v: number, r: number, { g, h, oneSided }: BoundedTuning): number {
  const width = g + h;
  const successes = (v + h * s) / (h * width);
  const failures = Math.max(0, (v - g * s) / (g * width));
  const a = r / (h * width);
  const b = r / (g * width);
  const logE = betaBinomialLogE(successes, failures, g / width, h / width, a, b);
  if (!oneSided) return logE;
  const upperTail = (x: number, y: number): number => logBetaTails(h / width, g / width, y, x).lower;
  return logE + upperTail(a + successes, b + failures) - upperTail(a, b);
}
