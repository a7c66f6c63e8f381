import { requireCount, requireLevel } from '../domain.ts';

/** An arm of a yes-or-no metric: x of n units had the event. */
export interface Proportion {
  readonly x: number;
  readonly n: number;
}

export interface ProportionOptions {
  /** Confidence level of the interval; 0.95 by default. */
  readonly level?: number;
}

/** An arm has no units; `missing` says which. */
export interface NoUnits {
  readonly status: 'insufficient';
  readonly missing: string;
}

export function requireProportion(name: string, arm: Proportion): void {
  requireCount(`${name}.n`, arm.n);
  requireCount(`${name}.x`, arm.x);
  if (arm.x > arm.n) throw new RangeError(`${name}.x must be at most ${name}.n = ${arm.n}, got ${arm.x}`);
}

/** Both arms in their domain; what is missing if one of them is empty, otherwise null. */
export function missingUnits(control: Proportion, treatment: Proportion, level: number): NoUnits | null {
  requireLevel(level);
  requireProportion('control', control);
  requireProportion('treatment', treatment);
  const empty = [control.n === 0 ? 'control' : '', treatment.n === 0 ? 'treatment' : ''].filter(Boolean);
  return empty.length === 0 ? null : { status: 'insufficient', missing: `no units in ${empty.join(' and ')}` };
}

/** p (1 - p) of an arm, without the cancellation of 1 - p. */
export function spread(arm: Proportion): number {
  return (arm.x / arm.n) * ((arm.n - arm.x) / arm.n);
}

/** True if every unit of both arms had the event, or none had: the pooled variance is then 0. */
export function allAlike(control: Proportion, treatment: Proportion): boolean {
  const events = control.x + treatment.x;
  return events === 0 || events === control.n + treatment.n;
}

/** treatment rate - control rate, by integers where they are exact: equal rates give exactly 0. */
export function rateDifference(control: Proportion, treatment: Proportion): number {
  const cross = treatment.x * control.n - control.x * treatment.n;
  return Number.isSafeInteger(treatment.x * control.n) && Number.isSafeInteger(control.x * treatment.n)
    ? cross / (control.n * treatment.n)
    : treatment.x / treatment.n - control.x / control.n;
}
