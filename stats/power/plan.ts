import { normalQuantile, normalSf, normalUpperQuantile } from '../distributions/normal.ts';

/** The errors that a test is planned for. */
export interface PowerPlan {
  /** The probability of a false alarm, of both sides together where the test has two; 0.05 by default. */
  readonly alpha?: number;
  /** The probability of finding the effect where it is there; 0.8 by default. */
  readonly power?: number;
  /** 2 by default. */
  readonly sides?: 1 | 2;
}

/** What was asked for does not exist; `reason` says why in words. */
export interface NoPlan {
  readonly status: 'undefined';
  readonly reason: string;
}

export interface Critical {
  readonly sides: 1 | 2;
  /** alpha / sides. */
  readonly tail: number;
  /** Normal quantile with upper tail alpha / sides. */
  readonly zAlpha: number;
}

/** alpha and sides in their domain, with the critical value of the normal. */
export function critical(plan: Omit<PowerPlan, 'power'>): Critical {
  const { alpha = 0.05, sides = 2 } = plan;
  if (!(alpha > 0 && alpha <= 0.5)) throw new RangeError(`alpha must be above 0 and at most 0.5, got ${String(alpha)}`);
  if (sides !== 1 && sides !== 2) throw new RangeError(`sides must be 1 or 2, got ${String(sides)}`);
  return { sides, tail: alpha / sides, zAlpha: normalUpperQuantile(alpha / sides) };
}

/** As {@link critical}, with the quantile that belongs to the power, which has to be above the tail of the test. */
export function planned(plan: PowerPlan): Critical & { power: number; zPower: number; zSum: number } {
  const limits = critical(plan);
  const power = plan.power ?? 0.8;
  requireOpen('power', power);
  if (power <= (plan.alpha ?? 0.05)) throw new RangeError(`power must be above alpha, got ${String(power)}`);
  const zPower = normalQuantile(power);
  return { ...limits, power, zPower, zSum: limits.zAlpha + zPower };
}

/** Φ(shift - zAlpha), and the other tail where the test has two sides. */
export function normalPower(shift: number, { sides, zAlpha }: Critical): number {
  return normalSf(zAlpha - shift) + (sides === 2 ? normalSf(zAlpha + shift) : 0);
}

export function requireOpen(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} must be between 0 and 1, got ${String(value)}`);
}

export function requireNonZero(name: string, value: number): void {
  if (!(Number.isFinite(value) && value !== 0)) {
    throw new RangeError(`${name} must be a finite number other than 0, got ${String(value)}`);
  }
}
