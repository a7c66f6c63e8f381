import { normalSf } from '../distributions/normal.ts';
import { requireFinite, requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { type NoPlan, type PowerPlan, planned, requireOpen } from './plan.ts';

/** Units per arm, not rounded. */
export interface MarginSampleSize {
  readonly status: 'ok';
  readonly perArm: number;
}

/** alpha is that of one side; 0.025 by default for non-inferiority, 0.05 for each of the two tests of equivalence. */
export type MarginPlan = Pick<PowerPlan, 'alpha' | 'power'>;

/**
 * How many units an arm needs to show that a mean is not worse by more than a margin.
 *
 * Input: the margin, above 0; the true difference, positive where treatment is better; the standard deviation.
 * Output: {@link MarginSampleSize}: 2 (z_alpha + z_power)^2 sd^2 / (margin + difference)^2.
 * Error: relative 1e-14 of the formula. Assumes: large samples (the normal limit).
 * Edges: a true difference at or below -margin: `undefined`, no number of units shows what is not so.
 * Source: Chow, Shao, Wang 2008, 3.2.
 * @throws RangeError if a number is out of its domain.
 * @example
 * nonInferioritySampleSize(0.02, 0, 1); // { status: 'ok', perArm: 39244.39... }
 */
export function nonInferioritySampleSize(
  margin: number,
  trueDifference: number,
  standardDeviation: number,
  plan: MarginPlan = {},
): MarginSampleSize | NoPlan {
  requirePositive('margin', margin);
  requireFinite('trueDifference', trueDifference);
  requirePositive('standardDeviation', standardDeviation);
  const { zSum } = planned({ alpha: 0.025, ...plan, sides: 1 });
  const room = margin + trueDifference;
  if (room <= 0) return { status: 'undefined', reason: 'the true difference is at or beyond the margin' };
  return { status: 'ok', perArm: 2 * ((zSum * standardDeviation) / room) ** 2 };
}

/**
 * As {@link nonInferioritySampleSize} for a rate that is the same in both arms.
 *
 * @throws RangeError if a number is out of its domain.
 * @example
 * nonInferiorityRateSampleSize(0.1, 0.02); // { status: 'ok', perArm: 3531.99... }
 */
export function nonInferiorityRateSampleSize(
  rate: number,
  margin: number,
  plan: MarginPlan = {},
): MarginSampleSize | NoPlan {
  requireOpen('rate', rate);
  return nonInferioritySampleSize(margin, 0, Math.sqrt(rate * (1 - rate)), plan);
}

/**
 * How many units an arm needs to show that two means differ by less than a margin (two one-sided tests).
 *
 * Input: the margin, above 0; the true difference; the standard deviation of a unit.
 * Output: {@link MarginSampleSize}: the root of Φ((margin - d)/se - z) + Φ((margin + d)/se - z) - 1 = power.
 * Error: relative 1e-13 against the power it is solved for. Assumes: large samples (the normal limit).
 * Edges: a true difference at or beyond the margin: `undefined`.
 * Source: Schuirmann 1987; Chow, Shao, Wang 2008, 3.2.
 * @throws RangeError if a number is out of its domain.
 * @example
 * equivalenceSampleSize(0.2, 0, 1); // { status: 'ok', perArm: 428.19... }
 */
export function equivalenceSampleSize(
  margin: number,
  trueDifference: number,
  standardDeviation: number,
  plan: MarginPlan = {},
): MarginSampleSize | NoPlan {
  requirePositive('margin', margin);
  requireFinite('trueDifference', trueDifference);
  requirePositive('standardDeviation', standardDeviation);
  const { zAlpha, power } = planned({ alpha: 0.05, ...plan, sides: 1 });
  const shift = Math.abs(trueDifference);
  if (shift >= margin) return { status: 'undefined', reason: 'the true difference is at or beyond the margin' };
  // the two probabilities of missing, at r = 1 / standard error
  const missed = (r: number): number =>
    normalSf((margin - shift) * r - zAlpha) + normalSf((margin + shift) * r - zAlpha);
  let most = 1 / (margin - shift);
  while (missed(most) > 1 - power) most *= 2;
  const root = findRoot((r) => 1 - power - missed(r), most, 0);
  return { status: 'ok', perArm: 2 * (standardDeviation * root) ** 2 };
}
