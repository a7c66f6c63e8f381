import { normalSf, normalUpperQuantile } from '../distributions/normal.ts';
import { studentTSf, studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireFinite, requireLevel, requireNotEmpty, requirePositive } from '../domain.ts';
import { adjustP } from '../p-adjust.ts';

/** An estimate as a test on it has it. */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  /** Of Student's t; `Infinity`, the default, for the normal. */
  readonly degreesOfFreedom?: number;
}

/** A one-sided Holm decision with the limit that goes with it. */
export interface HolmLimit {
  /** Holm's adjusted one-sided p of "not above 0". */
  readonly adjustedP: number;
  /** Above 0 by Holm's test. */
  readonly rejected: boolean;
  /** All limits together hold with probability `level`: the value is above its limit. */
  readonly lower: number;
}

/**
 * Lower limits that hold together and agree with Holm's one-sided tests of "not above 0".
 *
 * Input: {@link Estimate} per hypothesis; the level of all of them together. Output: {@link HolmLimit}, in the order given.
 * With some rejected and m' kept, the limit is 0 for the rejected ("above 0", no more) and that of level
 * 1 - (1 - level) / m' for the kept; with all rejected it is the larger of 0 and the Bonferroni limit.
 * Error: relative 1e-13 of the distance from the estimate. Assumes: nothing about dependence.
 * Source: Strassburger and Bretz 2008, Statistics in Medicine 27:4914; Guilbaud 2008.
 * @throws RangeError if the list is empty, an estimate not finite, an error or df not above 0, the level outside (0, 1).
 * @example
 * holmLowerLimits([{ estimate: 3, standardError: 1 }, { estimate: 1, standardError: 1 }])[0].lower; // 0
 */
export function holmLowerLimits(estimates: readonly Estimate[], options: { level?: number } = {}): HolmLimit[] {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireNotEmpty('estimates', estimates);
  return limitsAt(estimates, 1 - level);
}

/** A two-sided interval with the directions that Holm's one-sided tests have shown. */
export interface HolmInterval extends Interval {
  /** Above 0, below 0, or neither shown. */
  readonly direction: 'above' | 'below' | null;
}

/**
 * Two-sided intervals that hold together and agree with directions: Holm's one-sided tests to either side, each at half
 * of 1 - level.
 *
 * Input, error, assumes, source: as {@link holmLowerLimits}. Output: {@link HolmInterval}; an end is exactly 0 where the
 * direction is shown and no more. Slightly stricter than Holm on two-sided p, which shows no directions by itself.
 * @throws RangeError as {@link holmLowerLimits}.
 * @example
 * holmIntervals([{ estimate: 9, standardError: 1 }, { estimate: 1, standardError: 1 }])[0].direction; // 'above'
 */
export function holmIntervals(estimates: readonly Estimate[], options: { level?: number } = {}): HolmInterval[] {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireNotEmpty('estimates', estimates);
  const above = limitsAt(estimates, (1 - level) / 2);
  const mirrored = estimates.map((each) => ({ ...each, estimate: -each.estimate }));
  const below = limitsAt(mirrored, (1 - level) / 2);
  return above.map(({ lower, rejected }, index) => {
    const direction = rejected ? 'above' : below[index]!.rejected ? 'below' : null;
    return { lower, upper: 0 - below[index]!.lower, direction };
  });
}

function limitsAt(estimates: readonly Estimate[], alpha: number): HolmLimit[] {
  const adjusted = adjustP(estimates.map(oneSidedP), 'holm');
  const kept = adjusted.filter((p) => p > alpha).length;
  const share = alpha / (kept === 0 ? estimates.length : kept);
  return estimates.map((each, index) => {
    const adjustedP = adjusted[index]!;
    const rejected = adjustedP <= alpha;
    if (rejected && kept > 0) return { adjustedP, rejected, lower: 0 };
    const limit = each.estimate - upperQuantile(share, each.degreesOfFreedom) * each.standardError;
    // rounding apart, the limit is on this side of 0 anyway
    return { adjustedP, rejected, lower: rejected ? Math.max(0, limit) : Math.min(0, limit) };
  });
}

function oneSidedP({ estimate, standardError, degreesOfFreedom = Number.POSITIVE_INFINITY }: Estimate): number {
  requireFinite('estimate', estimate);
  requirePositive('standardError', standardError);
  const statistic = estimate / standardError;
  return degreesOfFreedom === Number.POSITIVE_INFINITY ? normalSf(statistic) : studentTSf(statistic, degreesOfFreedom);
}

/** The critical value with upper tail q; q above a half mirrors. */
function upperQuantile(q: number, df = Number.POSITIVE_INFINITY): number {
  if (q > 0.5) return -upperQuantile(1 - q, df);
  return df === Number.POSITIVE_INFINITY ? normalUpperQuantile(q) : studentTUpperQuantile(q, df);
}
