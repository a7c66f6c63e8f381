import { requireNonNegative } from '../domain.ts';
import { requireAlpha, type SpendingFunction } from './alpha-spending.ts';
import { groupSequentialBoundary } from './group-sequential-boundary.ts';
import { requireTimes } from './look-times.ts';
import { bestMixtureRatio, mixtureCriticalZ } from './normal-mixture.ts';

export interface HandOverOptions {
  readonly spending?: SpendingFunction;
  /** Two-sided alpha up to the planned maximum; 0.045 by default. */
  readonly alphaPlanned?: number;
  /** Two-sided alpha of the always-valid band after it; 0.005 by default; 0: no look after the maximum rejects. */
  readonly alphaAfter?: number;
}

export interface HandOverBoundary {
  /** Bound of |z| per look. */
  readonly z: readonly number[];
  /** Which rule holds at each look. */
  readonly rule: readonly ('group_sequential' | 'always_valid')[];
}

/** The band after the maximum is narrowest at this multiple of it. */
const TUNED_TO = 2;

/**
 * The bounds of an experiment that is planned to a maximum but may run on: group-sequential looks up to the first one at or
 * after the maximum, an always-valid band later. The error probabilities of both add up to 0.05.
 *
 * Input: `times` of the looks as fractions of the planned maximum, increasing, any number of them.
 * Output: {@link HandOverBoundary}; reject where |z| is at or above the bound. Early bounds never depend on later looks.
 * Error: as `groupSequentialBoundary`; the error probability over all looks is at most alphaPlanned + alphaAfter.
 * Assumes: looks do not depend on the effect seen. Source: union bound over both rules; full alpha on both sums to 5.7 %.
 * @throws RangeError if times do not increase or an alpha is outside its range.
 * @example
 * handOverBoundary([0.5, 1, 1.5]).rule; // ['group_sequential', 'group_sequential', 'always_valid']
 */
export function handOverBoundary(times: readonly number[], options: HandOverOptions = {}): HandOverBoundary {
  const { spending = { type: 'obrien_fleming' }, alphaPlanned = 0.045, alphaAfter = 0.005 } = options;
  requireTimes('times', times);
  requireAlpha(alphaPlanned);
  requireNonNegative('alphaAfter', alphaAfter);
  requireAlpha(alphaPlanned + alphaAfter);
  const reached = times.findIndex((time) => time >= 1);
  const planned = reached < 0 ? times.length : reached + 1;
  const before = groupSequentialBoundary(spending, times.slice(0, planned), { alpha: alphaPlanned }).z;
  const after = times.slice(planned).map((time) => {
    if (alphaAfter === 0) return Number.POSITIVE_INFINITY;
    return mixtureCriticalZ((time / TUNED_TO) * bestMixtureRatio(alphaAfter), alphaAfter);
  });
  return {
    z: [...before, ...after],
    rule: times.map((_, k) => (k < planned ? 'group_sequential' : 'always_valid')),
  };
}
