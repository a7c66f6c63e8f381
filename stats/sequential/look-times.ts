import { requireNotEmpty, requirePositive } from '../domain.ts';

/** Looks closer than this share of the later one's information are one look. */
const CLOSEST = 1e-6;

/**
 * The information times of the looks: positive, increasing.
 *
 * @throws RangeError if there are none, one is not a finite number above 0, or one is not at least a millionth above the
 * one before.
 */
export function requireTimes(name: string, times: readonly number[]): void {
  requireNotEmpty(name, times);
  times.forEach((time, k) => {
    requirePositive(`${name}[${k}]`, time);
    const least = (times[k - 1] ?? 0) / (1 - CLOSEST);
    if (!(time > least)) throw new RangeError(`${name}[${k}] must be above ${least} (the look before), got ${time}`);
  });
}

/** One or two sides. A two-sided boundary is symmetric: the test stops at |z| >= bound. */
export type Sides = 1 | 2;

export function requireSides(sides: number): asserts sides is Sides {
  if (sides !== 1 && sides !== 2) throw new RangeError(`sides must be 1 or 2, got ${String(sides)}`);
}
