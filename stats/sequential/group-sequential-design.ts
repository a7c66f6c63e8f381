import { findRoot } from '../special/find-root.ts';
import { requireAlpha, type SpendingFunction, upperTailQuantile } from './alpha-spending.ts';
import { type Boundary, groupSequentialBoundary, type WangTsiatis } from './group-sequential-boundary.ts';
import { type Crossing, crossing, lowerBounds, total } from './group-sequential-crossing.ts';
import type { Sides } from './look-times.ts';

export interface DesignOptions {
  /** Error probability in all; 0.05 by default. */
  readonly alpha?: number;
  /** 2 (default) or 1. */
  readonly sides?: Sides;
  /** Probability of stopping at a bound on the side of the effect; 0.8 by default. */
  readonly power?: number;
}

/** What a plan of looks costs against a test with one look at the end. */
export interface Design {
  readonly boundary: Boundary;
  /** Expected z at the last look that gives the power. */
  readonly drift: number;
  /** Largest sample over that of the test with one look: at least 1. */
  readonly inflation: number;
  /** Mean sample, if the effect is as planned, over that of the test with one look. */
  readonly meanSample: number;
}

/**
 * The sample a group-sequential plan needs, relative to a test with one look.
 *
 * Input: shape and `times` as `groupSequentialBoundary`, the last time being 1 (the planned maximum).
 * Output: {@link Design}; multiply the sample size of a fixed test by `inflation`.
 * Error: relative 1e-9 (Jennison and Turnbull's tables 2.2 and 2.4 to every digit).
 * Assumes: power counts the bound on the side of the effect only.
 * Source: Jennison and Turnbull 2000, section 2.3: inflation = drift² / (z_{1-α/2} + z_power)².
 * @throws RangeError as `groupSequentialBoundary`, or if power is not between alpha (per side) and 1.
 * @example
 * groupSequentialDesign({ type: 'wang_tsiatis', delta: 0.5 }, [0.2, 0.4, 0.6, 0.8, 1]).inflation; // 1.2285...
 */
export function groupSequentialDesign(
  shape: SpendingFunction | WangTsiatis,
  times: readonly number[],
  options: DesignOptions = {},
): Design {
  const { alpha = 0.05, sides = 2, power = 0.8 } = options;
  requireAlpha(alpha);
  const boundary = groupSequentialBoundary(shape, times, { alpha, sides });
  if (!(power > alpha / sides && power < 1)) {
    throw new RangeError(`power must be between ${alpha / sides} and 1, got ${String(power)}`);
  }
  const last = times.at(-1)!;
  const scaled = times.map((time) => time / last);
  const lower = lowerBounds(boundary.z, sides);
  const at = (drift: number): Crossing => crossing(boundary.z, lower, scaled, drift);
  const fixed = upperTailQuantile(alpha / sides) - upperTailQuantile(power);
  const drift = findRoot((value) => total(at(value).upper) - power, 0, Math.max(1, 3 * fixed));
  const inflation = (drift / fixed) ** 2;
  return { boundary, drift, inflation, meanSample: inflation * at(drift).expectedTime };
}
