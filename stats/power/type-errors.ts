import { normalSf } from '../distributions/normal.ts';
import { requireFinite } from '../domain.ts';
import { critical, type PowerPlan, planned, requireOpen } from './plan.ts';

/** What significance costs in an experiment that is too small. */
export interface TypeErrors {
  /** The probability of a significant result. */
  readonly power: number;
  /** The probability that a significant result has the wrong sign (type S). */
  readonly wrongSign: number;
  /** How many times too large the size of a significant estimate is on average (type M); `null` without an effect. */
  readonly exaggeration: number | null;
}

/**
 * How far a significant result misleads: the chance of a wrong sign and the factor of exaggeration.
 *
 * Input: the true effect in standard errors of its estimate. Output: {@link TypeErrors}.
 * Error: relative 1e-8 against numerical integration; closed form. Assumes: a normal estimate, a two-sided test.
 * Edges: no effect: power alpha, a wrong sign in half, no factor.
 * Source: Gelman and Carlin 2014; Lu, Qiu, Deng 2019 for the closed form.
 * @throws RangeError if a number is out of its domain.
 * @example
 * typeErrors(0.5).exaggeration; // 4.788...
 */
export function typeErrors(effectInErrors: number, plan: Pick<PowerPlan, 'alpha'> = {}): TypeErrors {
  requireFinite('effectInErrors', effectInErrors);
  const { zAlpha: z } = critical({ ...plan, sides: 2 });
  const effect = Math.abs(effectInErrors);
  const right = normalSf(z - effect);
  const wrong = normalSf(z + effect);
  const power = right + wrong;
  const size = effect * (right - wrong) + density(z - effect) + density(z + effect);
  return { power, wrongSign: wrong / power, exaggeration: effect === 0 ? null : size / power / effect };
}

function density(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/**
 * How many wins and losses a sign test needs, as in interleaving; ties do not count.
 *
 * Input: the probability of a win among wins and losses, between 0 and 1 and not 0.5. Output: their number, not rounded.
 * Error: relative 1e-14 of the formula. Assumes: independent outcomes, many of them (the normal limit).
 * Source: Chow, Shao, Wang 2008, 4.1, with the null variance in the place of alpha.
 * @throws RangeError if a number is out of its domain.
 * @example
 * signTestSampleSize(0.51); // 19619.8...
 */
export function signTestSampleSize(winProbability: number, plan: PowerPlan = {}): number {
  requireOpen('winProbability', winProbability);
  if (winProbability === 0.5) throw new RangeError('winProbability must differ from 0.5, got 0.5');
  const { zAlpha, zPower } = planned(plan);
  const spread = Math.sqrt(winProbability * (1 - winProbability));
  return ((0.5 * zAlpha + zPower * spread) / (winProbability - 0.5)) ** 2;
}
