import { type Interval, requireFinite, requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { toLog10 } from '../special/log-space.ts';
import type { SpendingFunction } from './alpha-spending.ts';
import {
  type Boundary,
  type BoundaryOptions,
  groupSequentialBoundary,
  type WangTsiatis,
} from './group-sequential-boundary.ts';

/** An estimate at a look, with its standard error there. */
export interface LookEstimate {
  readonly estimate: number;
  readonly standardError: number;
}

/** A group-sequential test at its last look so far. */
export interface RepeatedTest {
  readonly z: number;
  readonly boundary: Boundary;
  /** Whether z is at or beyond the bound of this look. */
  readonly rejects: boolean;
  /** Holds at all looks together with a confidence of 1 - alpha (two-sided; 1 - 2 alpha for one side's alpha). */
  readonly interval: Interval;
  /** The smallest alpha of this family of bounds at which this look would reject; at most alpha exactly if it does. */
  readonly p: number;
  readonly log10P: number;
}

const LEAST_LOG_ALPHA = Math.log(1e-290);

/**
 * Test, repeated interval and repeated p-value at a look of a group-sequential test. They stay valid whether or not the
 * test stops here.
 *
 * Input: shape, `times` of the looks so far (this one last) and options as `groupSequentialBoundary`; the estimate and its
 * standard error at this look. Output: {@link RepeatedTest}; the interval excludes 0 exactly when the look rejects.
 * Error: interval relative 1e-9; p relative 1e-8.
 * Edges: a look with nothing to spend has an infinite interval and p 1; p is not followed below 1e-290.
 * Source: Jennison and Turnbull 1989; 2000, sections 9.1 and 9.4.
 * @throws RangeError as `groupSequentialBoundary`, or if the estimate is not finite or the standard error not above 0.
 * @example
 * repeatedTest({ type: 'obrien_fleming' }, [0.3, 0.6], { estimate: 0.3, standardError: 0.1 }).rejects; // true
 */
export function repeatedTest(
  shape: SpendingFunction | WangTsiatis,
  times: readonly number[],
  look: LookEstimate,
  options: BoundaryOptions = {},
): RepeatedTest {
  requireFinite('estimate', look.estimate);
  requirePositive('standardError', look.standardError);
  const boundary = groupSequentialBoundary(shape, times, options);
  const bound = boundary.z.at(-1)!;
  const z = look.estimate / look.standardError;
  const size = options.sides === 1 ? z : Math.abs(z);
  const logP = repeatedLogP(shape, times, size, options);
  const half = bound * look.standardError;
  return {
    z,
    boundary,
    rejects: size >= bound,
    interval: { lower: look.estimate - half, upper: look.estimate + half },
    p: Math.exp(logP),
    log10P: toLog10(logP),
  };
}

function repeatedLogP(
  shape: SpendingFunction | WangTsiatis,
  times: readonly number[],
  size: number,
  options: BoundaryOptions,
): number {
  const excess = (logAlpha: number): number => {
    const { z } = groupSequentialBoundary(shape, times, { ...options, alpha: Math.exp(logAlpha) });
    return Math.min(z.at(-1)!, Number.MAX_VALUE) - size;
  };
  const highest = -1e-9;
  if (excess(highest) >= 0) return 0;
  if (excess(LEAST_LOG_ALPHA) <= 0) return LEAST_LOG_ALPHA;
  return findRoot(excess, LEAST_LOG_ALPHA, highest);
}
