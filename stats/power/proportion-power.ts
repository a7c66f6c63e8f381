import { requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { critical, type NoPlan, normalPower, type PowerPlan, planned, requireOpen } from './plan.ts';

export interface ProportionPower {
  /** Of the test with the pooled variance, both tails counted where it has two sides. */
  readonly power: number;
  /** By the difference of arcsine roots. */
  readonly powerArcsine: number;
}

export interface ProportionSampleSize {
  /** Units per arm for the test with the pooled variance, not rounded. */
  readonly perArm: number;
  /** With the variance of the alternative in both places. */
  readonly perArmUnpooled: number;
  readonly perArmArcsine: number;
  /** For the test with Yates' correction, as Fisher's exact test needs about as many. */
  readonly perArmContinuity: number;
  /** 2 asin √p_treatment - 2 asin √p_control. */
  readonly effectSize: number;
}

export interface ProportionDetectableEffect {
  readonly status: 'ok';
  /** The rate of treatment that is found with the planned power. */
  readonly rate: number;
  /** Its difference from the rate of control, negative for a fall. */
  readonly absolute: number;
  /** As a share of the rate of control. */
  readonly relative: number;
}

/**
 * The probability that a test on two rates finds their difference.
 *
 * Input: units per arm, both rates between 0 and 1. Output: {@link ProportionPower}.
 * Error: relative 1e-7 against R, which is as far as R solves it. The formula is the normal limit: below about 10 events an arm it is a guess.
 * Assumes: independent units, arms of equal size.
 * Source: R's `power.prop.test(strict = TRUE)`; Cohen 1988 for the arcsine.
 * @throws RangeError if a number is out of its domain.
 * @example
 * proportionPower(1000, 0.1, 0.12).power; // 0.29808...
 */
export function proportionPower(
  perArm: number,
  control: number,
  treatment: number,
  plan: Omit<PowerPlan, 'power'> = {},
): ProportionPower {
  requirePositive('perArm', perArm);
  requireOpen('control', control);
  requireOpen('treatment', treatment);
  const limits = critical(plan);
  const direction = limits.sides === 1 ? Math.sign(treatment - control) : 1;
  const { pooled, own, difference } = deviations(control, treatment);
  const shift = (direction * Math.sqrt(perArm) * difference) / own;
  const scaled = { ...limits, zAlpha: (limits.zAlpha * pooled) / own };
  const arcsine = direction * Math.abs(arcsineEffect(control, treatment)) * Math.sqrt(perArm / 2);
  return { power: normalPower(shift, scaled), powerArcsine: normalPower(arcsine, limits) };
}

/** Roots of 2 p̄ (1 - p̄) and of the sum of p (1 - p), and the size of the difference. */
function deviations(control: number, treatment: number): { pooled: number; own: number; difference: number } {
  const middle = (control + treatment) / 2;
  return {
    pooled: Math.sqrt(2 * middle * (1 - middle)),
    own: Math.sqrt(control * (1 - control) + treatment * (1 - treatment)),
    difference: Math.abs(treatment - control),
  };
}

/** 2 asin √p_B - 2 asin √p_A by the sine of half of it, so that close rates lose no digits. */
function arcsineEffect(control: number, treatment: number): number {
  const sum = Math.sqrt(treatment * (1 - control)) + Math.sqrt(control * (1 - treatment));
  return 2 * Math.asin(Math.max(-1, Math.min(1, (treatment - control) / sum)));
}

/**
 * How many units an arm needs for a test on two rates to find their difference.
 *
 * Input: both rates, between 0 and 1 and different; the plan. Output: {@link ProportionSampleSize}.
 * Error: relative 1e-13 of the formula. Assumes: as {@link proportionPower}.
 * Source: Fleiss, Levin, Paik 2003, eq. 4.14 and 4.15 (continuity); Cohen 1988.
 * @throws RangeError if a number is out of its domain or the rates are equal.
 * @example
 * proportionSampleSize(0.05, 0.055).perArm; // 31233.4...
 */
export function proportionSampleSize(control: number, treatment: number, plan: PowerPlan = {}): ProportionSampleSize {
  requireOpen('control', control);
  requireOpen('treatment', treatment);
  if (control === treatment) throw new RangeError(`treatment must differ from control, got ${treatment}`);
  const { zAlpha, zPower, zSum } = planned(plan);
  const { pooled, own, difference } = deviations(control, treatment);
  const perArm = ((zAlpha * pooled + zPower * own) / difference) ** 2;
  const effectSize = arcsineEffect(control, treatment);
  return {
    perArm,
    perArmUnpooled: ((zSum * own) / difference) ** 2,
    perArmArcsine: 2 * (zSum / effectSize) ** 2,
    perArmContinuity: (perArm / 4) * (1 + Math.sqrt(1 + 4 / (perArm * difference))) ** 2,
    effectSize,
  };
}

/**
 * The smallest change of a rate that a test of this size finds with the planned power.
 *
 * Input: units per arm, the rate of control, the direction of interest. Output: {@link ProportionDetectableEffect}.
 * Error: relative 1e-12 against the sample size it is solved for. Assumes: as {@link proportionPower}.
 * Edges: too few units to find even the largest possible change: `undefined`, with the reason.
 * Source: the formula of {@link proportionSampleSize} solved for the rate of treatment.
 * @throws RangeError if a number is out of its domain.
 * @example
 * proportionDetectableEffect(10000, 0.05); // { status: 'ok', rate: 0.05899..., absolute: 0.00899..., relative: 0.1798... }
 */
export function proportionDetectableEffect(
  perArm: number,
  control: number,
  plan: PowerPlan & { readonly direction?: 'rise' | 'fall' } = {},
): ProportionDetectableEffect | NoPlan {
  requirePositive('perArm', perArm);
  requireOpen('control', control);
  const { zAlpha, zPower } = planned(plan);
  const sign = plan.direction === 'fall' ? -1 : 1;
  const excess = (change: number): number => {
    const { pooled, own } = deviations(control, Math.max(0, Math.min(1, control + sign * change)));
    return change * Math.sqrt(perArm) - zAlpha * pooled - zPower * own;
  };
  const most = sign === 1 ? 1 - control : control;
  if (excess(most) < 0) {
    return {
      status: 'undefined',
      reason: `${perArm} units per arm are too few to find any ${plan.direction ?? 'rise'}`,
    };
  }
  const absolute = sign * findRoot(excess, most, 0);
  return { status: 'ok', rate: control + absolute, absolute, relative: absolute / control };
}
