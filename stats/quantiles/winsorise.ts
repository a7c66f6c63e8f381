import { requireProbability } from '../domain.ts';
import { type Moments, momentsOf } from '../moments.ts';
import { sortedQuantile, sortedValues } from './sample-quantile.ts';

export interface WinsoriseOptions {
  /** Values above this quantile become it; 1, the default, caps nothing. */
  readonly upper?: number;
  /** Values below this quantile become it; 0, the default, raises nothing. */
  readonly lower?: number;
  /** Take the quantiles over values other than 0, so that a metric that is mostly 0 is not capped to 0. */
  readonly ignoreZeros?: boolean;
}

/** The limits that values are brought within; `null` where the option leaves a side open. */
export interface WinsoriseLimits {
  readonly floor: number | null;
  readonly cap: number | null;
}

/** A sample brought within its limits. */
export interface WinsorisedArm {
  readonly moments: Moments;
  /** Share of the values that were lowered to the cap. */
  readonly capped: number;
  /** Share of the values that were raised to the floor. */
  readonly raised: number;
}

/**
 * Limits taken from all arms together, and each arm brought within them: an outlier then cannot carry a mean, and both
 * arms are treated alike. Limits per arm would bias the difference.
 *
 * Input: the values of each arm, finite; {@link WinsoriseOptions}. Output: the limits, and per arm {@link WinsorisedArm};
 * a difference in `capped` between arms is a finding by itself.
 * Error: relative 1e-12 (numpy, quantiles of type 7).
 * Assumes: the capped mean is what you want to know; it is not the mean.
 * Edges: with `ignoreZeros` and nothing but zeros, or no values at all, both limits are `null`.
 * Source: Wilcox 2012, Introduction to Robust Estimation and Hypothesis Testing.
 * @throws RangeError if a value is not finite, a quantile is outside [0, 1] or `lower` above `upper`.
 * @example
 * winsorise([[1, 2, 3, 4, 100]], { upper: 0.75 }).limits.cap; // 4
 */
export function winsorise(
  arms: readonly (readonly number[])[],
  options: WinsoriseOptions = {},
): { limits: WinsoriseLimits; arms: WinsorisedArm[] } {
  const { upper = 1, lower = 0, ignoreZeros = false } = options;
  requireProbability('upper', upper);
  requireProbability('lower', lower);
  if (lower > upper) throw new RangeError(`lower must be at most upper = ${upper}, got ${lower}`);
  const sorted = sortedValues('values', arms.flat());
  const basis = ignoreZeros ? sorted.filter((value) => value !== 0) : sorted;
  const limits = {
    floor: lower === 0 || basis.length === 0 ? null : sortedQuantile(basis, lower),
    cap: upper === 1 || basis.length === 0 ? null : sortedQuantile(basis, upper),
  };
  return { limits, arms: arms.map((values) => within(values, limits)) };
}

function within(values: readonly number[], limits: WinsoriseLimits): WinsorisedArm {
  const { floor, cap } = {
    floor: limits.floor ?? Number.NEGATIVE_INFINITY,
    cap: limits.cap ?? Number.POSITIVE_INFINITY,
  };
  const share = (counts: (value: number) => boolean): number =>
    values.length === 0 ? 0 : values.filter(counts).length / values.length;
  return {
    moments: momentsOf(values.map((value) => Math.min(cap, Math.max(floor, value)))),
    capped: share((value) => value > cap),
    raised: share((value) => value < floor),
  };
}
