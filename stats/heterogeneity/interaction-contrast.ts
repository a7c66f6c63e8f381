import { requireLevel } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import { meanDifference } from '../means/mean-difference.ts';
import type { MeanSummary } from '../means/mean-summary.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';

/** The four cells of two factors (two experiments at once, or an experiment and a segment of two values). */
export interface FactorialCells {
  readonly neither: MeanSummary;
  /** Only the first factor is on. */
  readonly first: MeanSummary;
  readonly second: MeanSummary;
  readonly both: MeanSummary;
}

/**
 * Whether the effect of one factor depends on the other: (both - first) - (second - neither).
 *
 * Input: per cell n, mean and sample variance. Moments are enough. Output: {@link MeanTest}; `critical` is `welch`
 * (default: Student's t with Satterthwaite's degrees of freedom) or `normal`. Error: relative 1e-12 against mpmath.
 * Assumes: independent units, both factors randomised (or the second known before exposure).
 * Edges: no variance in any cell: `no_variance`; a cell below two units: `insufficient`.
 * Source: closed form; Satterthwaite 1946. Such contrasts have 4 times the variance of a main effect.
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * const cell = (mean: number) => ({ n: 2500, mean, variance: 25 });
 * interactionContrast({ neither: cell(10), first: cell(10.2), second: cell(10.5), both: cell(10.3) }).estimate; // -0.3999999999999986
 */
export function interactionContrast(
  cells: FactorialCells,
  options: { readonly level?: number; readonly critical?: 'welch' | 'normal' } = {},
): MeanTest | NoVariance | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const off = meanDifference(cells.neither, cells.second, { level });
  const on = meanDifference(cells.first, cells.both, { level });
  const missing = [on, off].flatMap((result) => (result.status === 'insufficient' ? [result.missing] : []));
  if (missing.length > 0 || !('estimate' in on) || !('estimate' in off)) {
    return { status: 'insufficient', missing: 'every cell needs at least 2 units' };
  }
  const parts = [cells.neither, cells.first, cells.second, cells.both].map((cell) => ({
    square: (cell.variance ?? 0) / cell.n,
    df: cell.n - 1,
  }));
  const squaredError = parts.reduce((sum, { square }) => sum + square, 0);
  const df =
    options.critical === 'normal'
      ? Number.POSITIVE_INFINITY
      : 1 / parts.reduce((sum, part) => sum + (part.square / squaredError) ** 2 / part.df, 0);
  return finiteTest('interaction contrast', on.estimate - off.estimate, squaredError, df, level);
}
