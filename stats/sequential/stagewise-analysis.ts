import { type Interval, requireFinite, requireLevel, requireNumber, requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { crossing, lowerBounds, total } from './group-sequential-crossing.ts';
import { requireSides, requireTimes, type Sides } from './look-times.ts';

export interface StoppedTest {
  /** Information at each look up to the one where the test ended. */
  readonly times: readonly number[];
  /** Bounds of the looks before the last: one fewer than times. */
  readonly bounds: readonly number[];
  readonly estimate: number;
  /** Standard error of the estimate at the last look. */
  readonly standardError: number;
  readonly sides?: Sides;
  /** 0.95 by default. */
  readonly level?: number;
}

/** The final analysis of a test that has ended: adjusted for having been able to end earlier. */
export interface StagewiseAnalysis {
  /** Probability under no effect of a result as far up as this, or further. */
  readonly pGreater: number;
  readonly pLess: number;
  readonly interval: Interval;
  /** The effect for which a result further up is as likely as one further down. */
  readonly medianUnbiased: number;
}

/**
 * p-value, interval and estimate after a group-sequential test has ended: the plain ones exaggerate the effect.
 *
 * Input: {@link StoppedTest}. Output: {@link StagewiseAnalysis}, only to be read once, at the end.
 * Error: relative 1e-8 of the standard error. Assumes: the test ended at the last look, by a bound or by plan.
 * Source: stage-wise ordering, Fairbanks and Madsen 1982; Tsiatis, Rosner and Mehta 1984; Jennison and Turnbull 2000, 8.4.
 * @throws RangeError if bounds are not one fewer than times, times do not increase, or a number is outside its range.
 * @example
 * stagewiseAnalysis({ times: [1], bounds: [], estimate: 0.2, standardError: 0.1 }).medianUnbiased; // 0.2
 */
export function stagewiseAnalysis(test: StoppedTest): StagewiseAnalysis {
  const { times, bounds, estimate, standardError, sides = 1, level = 0.95 } = test;
  requireSides(sides);
  requireLevel(level);
  requireTimes('times', times);
  if (bounds.length !== times.length - 1) {
    throw new RangeError(`bounds must be one fewer than times, got ${bounds.length} and ${times.length}`);
  }
  bounds.forEach((bound, k) => {
    requireNumber(`bounds[${k}]`, bound);
    if (sides === 2 && bound < 0) throw new RangeError(`bounds[${k}] must be at least 0 if two-sided, got ${bound}`);
  });
  requireFinite('estimate', estimate);
  requirePositive('standardError', standardError);
  const z = estimate / standardError;
  const upper = [...bounds, z];
  const lower = [...lowerBounds(bounds, sides), z];
  const greater = (drift: number): number => total(crossing(upper, lower, times, drift).upper);
  const root = Math.sqrt(times.at(-1)!);
  const lowest = Math.min((z - 10) / root, ...bounds.map((bound, k) => (bound - 10) / Math.sqrt(times[k]!)));
  const highest = (z + 10) / root;
  const effectAt = (tail: number): number =>
    findRoot((drift) => greater(drift) - tail, lowest, highest) * root * standardError;
  const tail = (1 - level) / 2;
  const plain = crossing(upper, lower, times, 0);
  return {
    pGreater: total(plain.upper),
    pLess: total(plain.lower),
    interval: { lower: effectAt(tail), upper: effectAt(1 - tail) },
    medianUnbiased: effectAt(0.5),
  };
}
