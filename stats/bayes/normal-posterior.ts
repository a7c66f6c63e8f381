import { normalLogSf, normalSf, normalUpperQuantile } from '../distributions/normal.ts';
import {
  type Interval,
  requireFinite,
  requireLevel,
  requireNotEmpty,
  requirePositive,
  requireSameLength,
} from '../domain.ts';
import { type BestArm, bestOf, expectedShortfall, logConcaveBest, type Marginal } from './best-arm.ts';

/** A normal distribution of a mean or an effect. */
export interface NormalPosterior {
  readonly mean: number;
  readonly standardDeviation: number;
}

export interface EffectPosterior extends NormalPosterior {
  readonly probabilityPositive: number;
  readonly probabilityNegative: number;
  /** What is given up on average by choosing treatment: E[max(-effect, 0)]. */
  readonly lossTreatment: number;
  readonly lossControl: number;
  readonly level: number;
  readonly interval: Interval;
}

const HALF_LOG_TWO_PI = 0.9189385332046727;
/** From here on the two terms of the loss agree to so many digits that their difference has too few. */
const MILLS_FROM = 3;

/**
 * What is believed of an effect after the data: a normal estimate with a flat or a normal prior.
 *
 * Input: estimate and its standard error; a prior of the effect in the same unit, or none for a flat one; the level.
 * Output: {@link EffectPosterior}: the probability that treatment is better, and the expected loss of each choice.
 * Error: relative 1e-12 also in the far tail (mpmath). Assumes: an estimate that is close to normal.
 * Edges: under a flat prior the probability is 1 - the one-sided p, and looking daily at it errs as often as with p.
 * Source: Gelman et al. 2013, 2.5; loss by Mills' ratio in the tail.
 * @throws RangeError if a number is out of its domain.
 * @example
 * effectPosterior(0.03, 0.02, { mean: 0, standardDeviation: 0.05 }).probabilityPositive; // 0.9181...
 */
export function effectPosterior(
  estimate: number,
  standardError: number,
  prior?: NormalPosterior,
  options: { readonly level?: number } = {},
): EffectPosterior {
  requireFinite('estimate', estimate);
  requirePositive('standardError', standardError);
  const level = options.level ?? 0.95;
  requireLevel(level);
  const { mean, standardDeviation } = combine(estimate, standardError, prior);
  const ratio = mean / standardDeviation;
  const half = normalUpperQuantile((1 - level) / 2) * standardDeviation;
  return {
    mean,
    standardDeviation,
    probabilityPositive: normalSf(-ratio),
    probabilityNegative: normalSf(ratio),
    lossTreatment: standardDeviation * unitLoss(ratio),
    lossControl: standardDeviation * unitLoss(-ratio),
    level,
    interval: { lower: mean - half, upper: mean + half },
  };
}

function combine(estimate: number, standardError: number, prior: NormalPosterior | undefined): NormalPosterior {
  if (prior === undefined) return { mean: estimate, standardDeviation: standardError };
  requireFinite('prior.mean', prior.mean);
  requirePositive('prior.standardDeviation', prior.standardDeviation);
  const spread = Math.hypot(prior.standardDeviation, standardError);
  const trust = (prior.standardDeviation / spread) ** 2;
  const mean = prior.mean + trust * (estimate - prior.mean);
  return { mean, standardDeviation: standardError * (prior.standardDeviation / spread) };
}

/** φ(r) - r Φ(-r). */
function unitLoss(r: number): number {
  const bell = Math.exp(-0.5 * r * r - HALF_LOG_TWO_PI);
  if (r < MILLS_FROM) return bell - r * normalSf(r);
  // Φ(-r) = φ(r) / (r + c) with c = 1/(r + 2/(r + 3/...)): the loss is φ(r) c / (r + c)
  let rest = r;
  for (let k = Math.ceil(30 + 1200 / (r * r)); k >= 2; k--) rest = r + k / rest;
  return bell / (rest * r + 1);
}

/**
 * The probability of each arm to have the highest, and the lowest, mean under normal posteriors.
 *
 * Input: one normal posterior per arm. Output: {@link BestArm}. Error: relative 1e-12 of every probability, also of one
 * of 1e-64 (mpmath). Source: quadrature of one density times the tails of the others.
 * @throws RangeError if there is no arm or a number is out of its domain.
 * @example
 * normalBestArm([{ mean: 1, standardDeviation: 0.1 }, { mean: 1.1, standardDeviation: 0.12 }]).probabilityBest;
 * // [0.2610..., 0.7389...]
 */
export function normalBestArm(arms: readonly NormalPosterior[]): BestArm {
  const marginals = requireNormals(arms);
  return bestOf(arms.length, (arm, sign) => logConcaveBest(marginals, arm, sign));
}

/**
 * What is given up on average by staying with one arm: E[largest mean] - E[its mean], for every arm.
 *
 * Input: one normal posterior per arm. Output: `leader`, the arm with the largest mean (the first of several);
 * `expectedMaximum`; `losses`, one per arm. A bandit may stop when the leader's loss is below what matters.
 * Error: relative 1e-10 of the losses (closed forms). Source: integral of P(arm < x) P(some other > x); Scott 2015.
 * @throws RangeError if there is no arm or a number is out of its domain.
 * @example
 * opportunityLoss([{ mean: 0.1, standardDeviation: 0.01 }, { mean: 0.11, standardDeviation: 0.01 }]).leader; // 1
 */
export function opportunityLoss(arms: readonly NormalPosterior[]): {
  leader: number;
  expectedMaximum: number;
  losses: number[];
} {
  const marginals = requireNormals(arms);
  const losses = arms.map((_, arm) => expectedShortfall(marginals, arm, () => 0));
  const leader = arms.reduce((best, arm, index) => (arm.mean > arms[best]!.mean ? index : best), 0);
  return { leader, expectedMaximum: arms[leader]!.mean + losses[leader]!, losses };
}

/** Posteriors from two lists, as a bandit keeps them. */
export function normalArms(means: readonly number[], standardDeviations: readonly number[]): NormalPosterior[] {
  requireSameLength('means', means, 'standardDeviations', standardDeviations);
  const arms = means.map((mean, index) => ({ mean, standardDeviation: standardDeviations[index]! }));
  requireNormals(arms);
  return arms;
}

/** The arms as marginals, each in its domain. */
export function requireNormals(arms: readonly NormalPosterior[]): Marginal[] {
  requireNotEmpty('arms', arms);
  return arms.map(({ mean, standardDeviation }, index) => {
    requireFinite(`arms[${index}].mean`, mean);
    requirePositive(`arms[${index}].standardDeviation`, standardDeviation);
    const at = (x: number): number => (x - mean) / standardDeviation;
    return {
      logDensity: (x) => -0.5 * at(x) ** 2 - HALF_LOG_TWO_PI - Math.log(standardDeviation),
      logBelow: (x) => normalLogSf(-at(x)),
      logAbove: (x) => normalLogSf(at(x)),
      centre: mean,
      spread: standardDeviation,
    };
  });
}
