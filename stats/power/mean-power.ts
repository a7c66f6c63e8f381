import { noncentralTLogSf } from '../distributions/noncentral-t.ts';
import { requirePositive } from '../domain.ts';
import { upperQuantile } from '../means/mean-test.ts';
import { findRoot } from '../special/find-root.ts';
import { type Critical, critical, normalPower, type PowerPlan, planned, requireNonZero } from './plan.ts';

/** A comparison of two means with the same spread in both arms. */
export interface MeanPlan extends PowerPlan {
  readonly standardDeviation: number;
  /** Units of treatment for each unit of control; 1 by default. */
  readonly ratio?: number;
}

export interface MeanPower {
  /** By the noncentral t distribution, both tails counted where the test has two sides. */
  readonly power: number;
  /** The same with the normal in place of Student's t. */
  readonly powerNormal: number;
}

export interface MeanSampleSize {
  /** Units of control at which the t-test has the power, not rounded; at least 2. */
  readonly perArm: number;
  /** (1 + 1 / ratio) (z_alpha + z_power)^2 sd^2 / delta^2: short by about z^2 / 4. */
  readonly perArmNormal: number;
  /** Whole units of control and of treatment, and the power that they give. */
  readonly control: number;
  readonly treatment: number;
  readonly power: number;
}

export interface MeanDetectableEffect {
  /** The difference that the t-test finds with the planned power, above 0, in the metric's unit. */
  readonly effect: number;
  readonly effectNormal: number;
}

/** From here on a sample size is not found by a t distribution with whole digits; no experiment is that large. */
const MOST_UNITS = 1e13;

/**
 * The probability that a t-test finds a difference of means.
 *
 * Input: units of control (2 or more), the true difference, the standard deviation of a unit. Output: {@link MeanPower}.
 * Error: relative 1e-12 (mpmath), to 1e8 units an arm.
 * Assumes: independent units, the same variance in both arms, means close to normal.
 * Source: noncentral Student t; R's `power.t.test(strict = TRUE)`.
 * @throws RangeError if a number is out of its domain.
 * @example
 * meanPower(10, 0.5, { standardDeviation: 1 }).power; // 0.185095...
 */
export function meanPower(perArm: number, delta: number, plan: Omit<MeanPlan, 'power'>): MeanPower {
  requireUnits('perArm', perArm);
  if (!Number.isFinite(delta)) throw new RangeError(`delta must be a finite number, got ${String(delta)}`);
  const limits = critical(plan);
  const ratio = requireSpread(plan);
  const shift = Math.abs(delta) / (plan.standardDeviation * unitError(perArm, ratio));
  // against one side a difference in the other direction is not found
  const signed = limits.sides === 1 ? Math.sign(delta) * shift : shift;
  return { power: tPower(perArm, ratio, signed, limits), powerNormal: normalPower(signed, limits) };
}

/** The standard error of a difference in standard deviations of a unit. */
function unitError(perArm: number, ratio: number): number {
  return Math.sqrt((1 + 1 / ratio) / perArm);
}

function tPower(perArm: number, ratio: number, shift: number, { sides, tail }: Critical): number {
  const df = perArm * (1 + ratio) - 2;
  const limit = upperQuantile(tail, df);
  const found = Math.exp(noncentralTLogSf(limit, df, shift));
  return sides === 1 ? found : found + Math.exp(noncentralTLogSf(limit, df, -shift));
}

/**
 * How many units an arm needs for a t-test to find a difference of means.
 *
 * Input: the difference to be found (its sign does not matter), the plan. Output: {@link MeanSampleSize}.
 * Error: relative 1e-11 against the power it is solved for; R's `power.t.test` agrees to its own 1e-7.
 * Assumes: as {@link meanPower}.
 * Edges: an effect so large that 2 units an arm suffice gives 2.
 * Source: Chow, Shao, Wang 2008; the power of {@link meanPower} solved for the number of units.
 * @throws RangeError if a number is out of its domain or the size above 1e13.
 * @example
 * meanSampleSize(0.5, { standardDeviation: 1 }).perArm; // 63.7656...
 */
export function meanSampleSize(delta: number, plan: MeanPlan): MeanSampleSize {
  requireNonZero('delta', delta);
  const { zSum, power, ...limits } = planned(plan);
  const ratio = requireSpread(plan);
  const effect = Math.abs(delta) / plan.standardDeviation;
  const perArmNormal = (1 + 1 / ratio) * (zSum / effect) ** 2;
  if (!(perArmNormal < MOST_UNITS))
    throw new RangeError(`delta must be found with fewer than 1e13 units, got ${delta}`);
  const powerAt = (perArm: number): number => tPower(perArm, ratio, effect / unitError(perArm, ratio), limits);
  const least = Math.max(2, 2 / ratio);
  let most = Math.max(least, perArmNormal) + 10;
  while (powerAt(most) < power) most *= 2;
  const perArm = powerAt(least) >= power ? least : findRoot((n) => powerAt(n) - power, most, least);
  const control = wholeUnits(perArm);
  const treatment = wholeUnits(control * ratio);
  return { perArm, perArmNormal, control, treatment, power: powerOf(control, treatment, effect, limits) };
}

function powerOf(control: number, treatment: number, effect: number, limits: Critical): number {
  const ratio = treatment / control;
  return tPower(control, ratio, effect / unitError(control, ratio), limits);
}

/** The next whole number, where rounding of the last digits does not count as a unit. */
function wholeUnits(n: number): number {
  return Math.ceil(n * (1 - 1e-12));
}

/**
 * The smallest difference of means that a t-test of this size finds with the planned power.
 *
 * Input: units of control (2 or more), the plan. Output: {@link MeanDetectableEffect}.
 * Error: relative 1e-11 against the power it is solved for. Assumes: as {@link meanPower}.
 * @throws RangeError if a number is out of its domain.
 * @example
 * meanDetectableEffect(1000, { standardDeviation: 1 }).effect; // 0.12535...
 */
export function meanDetectableEffect(perArm: number, plan: MeanPlan): MeanDetectableEffect {
  requireUnits('perArm', perArm);
  const { zSum, power, ...limits } = planned(plan);
  const ratio = requireSpread(plan);
  const excess = (shift: number): number => tPower(perArm, ratio, shift, limits) - power;
  let most = Math.max(1, zSum);
  while (excess(most) < 0) most *= 2;
  const scale = plan.standardDeviation * unitError(perArm, ratio);
  return { effect: findRoot(excess, most, 0) * scale, effectNormal: zSum * scale };
}

function requireUnits(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 2)) {
    throw new RangeError(`${name} must be a finite number of at least 2, got ${String(value)}`);
  }
}

function requireSpread(plan: Omit<MeanPlan, 'power'>): number {
  requirePositive('standardDeviation', plan.standardDeviation);
  const ratio = plan.ratio ?? 1;
  requirePositive('ratio', ratio);
  return ratio;
}
