/**
 * Checks of the domain of inputs. Every public function of `stats` calls these first, so that a wrong input is a
 * `RangeError` naming the argument and the value, never a NaN further down.
 */

/** An interval of real numbers; an end is `-Infinity` or `Infinity` where the interval is unbounded. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, got ${String(value)}`);
}

export function requireNumber(name: string, value: number): void {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new RangeError(`${name} must be a number, got ${String(value)}`);
  }
}

export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${name} must be a finite number above 0, got ${String(value)}`);
  }
}

export function requireNonNegative(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name} must be a finite number of at least 0, got ${String(value)}`);
  }
}

/** Beyond this a parameter of a beta or gamma distribution is refused: near the centre the cost grows with its root. */
const LARGEST_SHAPE = 1e12;

/** A parameter of a beta or gamma distribution. */
export function requireShape(name: string, value: number): void {
  if (!(value > 0 && value <= LARGEST_SHAPE)) {
    throw new RangeError(`${name} must be above 0 and at most ${LARGEST_SHAPE}, got ${String(value)}`);
  }
}

/** A count: a whole number from 0 to 2^53 - 1. */
export function requireCount(name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new RangeError(`${name} must be a whole number of at least 0, got ${String(value)}`);
  }
}

/** A confidence level: strictly between 0 and 1, also once it is taken from 1. */
export function requireLevel(level: number): void {
  if (!(level < 1 && 1 - level < 1)) throw new RangeError(`level must be between 0 and 1, got ${String(level)}`);
}

/** An error probability: strictly between 0 and 1. */
export function requireErrorRate(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} must be between 0 and 1, got ${String(value)}`);
}

/** A probability: from 0 to 1, both included. */
export function requireProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be from 0 to 1, got ${String(value)}`);
}

export function requireSameLength(nameA: string, a: readonly unknown[], nameB: string, b: readonly unknown[]): void {
  if (a.length !== b.length) {
    throw new RangeError(`${nameA} and ${nameB} must have the same length, got ${a.length} and ${b.length}`);
  }
}

export function requireNotEmpty(name: string, values: readonly unknown[]): void {
  if (values.length === 0) throw new RangeError(`${name} must not be empty, got a length of 0`);
}
