import { requireErrorRate } from '../domain.ts';
import { adjustP } from '../p-adjust.ts';

/** Which metrics Benjamini and Hochberg select, and the level of the intervals to show for them. */
export interface FalseCoverage {
  /** Places of the selected p-values, from 0, rising. */
  readonly selected: readonly number[];
  /** Level of the intervals of the selected metrics, 1 - selected × rate / tests; `null` if none is selected. */
  readonly level: number | null;
  /** 1 - level, without the cancellation. */
  readonly alpha: number | null;
}

/**
 * The level of intervals that are shown only for the metrics selected by Benjamini and Hochberg, so that on average at
 * most a share `rate` of those shown miss their value.
 *
 * Input: p-values, `null` for those that are undefined (they are no tests); the rate, between 0 and 1.
 * Output: {@link FalseCoverage}. An interval at this level excludes 0 for every selected metric whose p matches it.
 * Error: exact but for rounding. Assumes: independent or positively dependent metrics.
 * Edges: nothing selected, or no tests: level `null`.
 * Source: Benjamini and Yekutieli 2005, JASA 100:71.
 * @throws RangeError if a p is outside [0, 1] or the rate outside (0, 1).
 * @example
 * falseCoverage([0.001, 0.01, 0.6, 0.7], 0.05); // { selected: [0, 1], level: 0.975, alpha: 0.025 }
 */
export function falseCoverage(p: readonly (number | null)[], rate: number): FalseCoverage {
  requireErrorRate('rate', rate);
  const tests = p.filter((value) => value !== null).length;
  const selected = adjustP(p, 'BH').flatMap((value, index) => (value !== null && value <= rate ? [index] : []));
  const alpha = selected.length === 0 ? null : (selected.length * rate) / tests;
  return { selected, level: alpha === null ? null : 1 - alpha, alpha };
}
