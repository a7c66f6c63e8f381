import { requireLevel } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';
import { meanDelta, momentsOf } from '../moments.ts';
import {
  type CentredFit,
  centredFit,
  FULL_LEVERAGE_REASON,
  type HeteroskedasticError,
  type RegressionErrors,
  squaredErrors,
  withHc1,
} from './regression-fit.ts';
import { missingRows, type NoAdjustment, requireRows, type UnitRows } from './unit-rows.ts';

export interface AncovaOptions {
  /** Confidence level; 0.95 by default. */
  readonly level?: number;
  /** `HC2` by default; `classical` assumes one residual variance. */
  readonly errors?: HeteroskedasticError | 'classical';
}

/** A test on the difference of two means with one slope a covariate for both arms. */
export interface AncovaTest extends MeanTest {
  readonly slopes: readonly number[];
  /** All standard errors, also those that were not asked for. */
  readonly standardErrors: RegressionErrors & { readonly classical: number };
}

/**
 * The difference of two means with covariates that act alike in both arms: analysis of covariance. `linDifference` is
 * the one to decide by: with unequal arms and unequal slopes this one can be worse than no adjustment.
 *
 * Input: per arm {@link UnitRows}; needed for HC errors (the classical one follows from moments: `cupedDifference`).
 * Output: {@link AncovaTest}; Student's t with N - 2 - p degrees of freedom; the estimate is that of CUPED with theta
 * within arms. Error: relative 1e-12 against R (lm, sandwich).
 * Assumes: independent units, covariates before exposure.
 * Edges: covariates that do not vary within arms or determine each other, or a unit of leverage 1: `undefined`; too
 * few units: `insufficient`; no residual: `no_variance`.
 * Source: Fisher 1932; White 1980; MacKinnon and White 1985.
 * @throws RangeError if shapes differ, a value is not finite or the level is out of its domain.
 * @example
 * ancovaDifference(
 *   { outcome: [1, 2, 4, 5], covariates: [[1, 2, 3, 4]] },
 *   { outcome: [3, 3, 6, 6], covariates: [[1, 2, 3, 4]] },
 * ).status; // 'ok'
 */
export function ancovaDifference(
  control: UnitRows,
  treatment: UnitRows,
  options: AncovaOptions = {},
): AncovaTest | NoAdjustment | NoVariance | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireRows(control, treatment);
  const covariates = control.covariates.length;
  const missing = missingRows(control, treatment, 2);
  if (missing) return missing;
  const df = control.outcome.length + treatment.outcome.length - 2 - covariates;
  if (df < 1) return { status: 'insufficient', missing: `${df + 2 + covariates} of at least ${3 + covariates} units` };
  const fit = centredFit([control, treatment]);
  if (fit.status !== 'ok') return fit;
  const shifts = control.covariates.map((column, j) =>
    meanDelta(momentsOf(column), momentsOf(treatment.covariates[j]!)),
  );
  const errors = allErrors(fit, control.outcome.length, treatment.outcome.length, shifts, df);
  if (errors === null) return { status: 'undefined', reason: FULL_LEVERAGE_REASON };
  const kind = options.errors ?? 'HC2';
  const adjustment = fit.slopes.reduce((sum, slope, j) => sum + slope * shifts[j]!, 0);
  const estimate = meanDelta(momentsOf(control.outcome), momentsOf(treatment.outcome)) - adjustment;
  const test = finiteTest(`ANCOVA, ${kind}`, estimate, errors[kind] ** 2, df, level);
  return test.status === 'ok' ? { ...test, slopes: fit.slopes, standardErrors: errors } : test;
}

function allErrors(
  fit: CentredFit,
  nControl: number,
  nTreatment: number,
  shifts: readonly number[],
  df: number,
): AncovaTest['standardErrors'] | null {
  const inControl = (i: number): boolean => i < nControl;
  const weights = fit.influence(shifts).map((move, i) => (inControl(i) ? -1 / nControl : 1 / nTreatment) - move);
  const leverages = fit.leverages.map((leverage, i) => leverage + 1 / (inControl(i) ? nControl : nTreatment));
  const squares = squaredErrors(weights, fit.residuals, leverages);
  if (squares === null) return null;
  const residualVariance = fit.residuals.reduce((sum, residual) => sum + residual * residual, 0) / df;
  const spread = weights.reduce((sum, weight) => sum + weight * weight, 0);
  return { ...withHc1(squares, nControl + nTreatment, df), classical: Math.sqrt(residualVariance * spread) };
}
