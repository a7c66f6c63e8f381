import { requireFinite, requireSameLength } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';

/** The units of an arm: their outcomes, and one list of the same length a covariate. */
export interface UnitRows {
  readonly outcome: readonly number[];
  readonly covariates: readonly (readonly number[])[];
}

/** The covariates cannot be used; `reason` says which and why. The unadjusted result is the one to fall back to. */
export interface NoAdjustment {
  readonly status: 'undefined';
  readonly reason: string;
}

/** Both arms in their domain with the same covariates. */
export function requireRows(control: UnitRows, treatment: UnitRows): void {
  requireArmRows('control', control);
  requireArmRows('treatment', treatment);
  requireSameLength('control.covariates', control.covariates, 'treatment.covariates', treatment.covariates);
}

function requireArmRows(name: string, arm: UnitRows): void {
  arm.outcome.forEach((value, i) => {
    requireFinite(`${name}.outcome[${i}]`, value);
  });
  arm.covariates.forEach((column, j) => {
    requireSameLength(`${name}.outcome`, arm.outcome, `${name}.covariates[${j}]`, column);
    column.forEach((value, i) => {
      requireFinite(`${name}.covariates[${j}][${i}]`, value);
    });
  });
}

/** What is missing where an arm has fewer units than are needed, otherwise null. */
export function missingRows(control: UnitRows, treatment: UnitRows, least: number): NotEnough | null {
  const parts = (
    [
      ['control', control],
      ['treatment', treatment],
    ] as const
  )
    .filter(([, arm]) => arm.outcome.length < least)
    .map(([name, arm]) => `${name} has ${arm.outcome.length} of at least ${least} units`);
  return parts.length === 0 ? null : { status: 'insufficient', missing: parts.join('; ') };
}
