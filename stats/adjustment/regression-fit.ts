import { momentsOf } from '../moments.ts';
import { dot, orthonormalColumns, solveTransposedUpper, solveUpper } from '../special/orthonormal-columns.ts';
import type { NoAdjustment, UnitRows } from './unit-rows.ts';

/** The kinds of standard error: classical, and White's with the corrections of MacKinnon and White 1985. */
export interface RegressionErrors {
  readonly HC0: number;
  readonly HC1: number;
  readonly HC2: number;
  readonly HC3: number;
}

export type HeteroskedasticError = keyof RegressionErrors;

/** Squared errors, summed over units. */
export type SquaredErrors = Readonly<Record<HeteroskedasticError, number>>;

/** The regression of an outcome on covariates, both centred within arms. */
export interface CentredFit {
  readonly status: 'ok';
  readonly slopes: readonly number[];
  readonly residuals: readonly number[];
  /** Per unit, what of its leverage the covariates make: the leverage less 1 / n of its arm. */
  readonly leverages: readonly number[];
  /** Per unit, how far it moves the fitted value when the covariates are moved by these amounts. */
  readonly influence: (shift: readonly number[]) => number[];
}

/** A unit whose leverage comes so close to 1 determines a coefficient alone. */
export const FULL_LEVERAGE = 1 - 1e-10;

/** One fit of slopes common to the arms given; each arm keeps its own mean. */
export function centredFit(arms: readonly UnitRows[]): CentredFit | NoAdjustment {
  const centre = (values: readonly number[]): number[] => {
    const { mean, meanTail = 0 } = momentsOf(values);
    return values.map((value) => value - mean - meanTail);
  };
  const count = arms[0]?.covariates.length ?? 0;
  const indices = Array.from({ length: count }, (_, j) => j);
  const columns = indices.map((j) => arms.flatMap((arm) => centre(arm.covariates[j]!)));
  const sizes = indices.map((j) => arms.reduce((size, arm) => largest(size, arm.covariates[j]!), 0));
  const base = orthonormalColumns(columns, sizes);
  if ('dependent' in base) {
    return {
      status: 'undefined',
      reason: `covariate ${base.dependent + 1} does not vary or is a combination of the others`,
    };
  }
  const { q, r } = base;
  const outcome = arms.flatMap((arm) => centre(arm.outcome));
  const shares = q.map((direction) => dot(direction, outcome));
  const along = (weights: readonly number[]) => (_: unknown, i: number) =>
    q.reduce((sum, direction, j) => sum + direction[i]! * weights[j]!, 0);
  const fitted = outcome.map(along(shares));
  return {
    status: 'ok',
    slopes: solveUpper(r, shares),
    residuals: withoutRounding(
      outcome.map((value, i) => value - fitted[i]!),
      arms.reduce((size, arm) => largest(size, arm.outcome), 0),
    ),
    leverages: outcome.map((_, i) => q.reduce((sum, direction) => sum + direction[i]! * direction[i]!, 0)),
    influence: (shift) => outcome.map(along(solveTransposedUpper(r, shift))),
  };
}

/** Residuals that are rounding of the outcomes alone are 0: nothing is left to vary. */
function withoutRounding(residuals: readonly number[], size: number): readonly number[] {
  return largest(0, residuals) <= 32 * Number.EPSILON * size ? residuals.map(() => 0) : residuals;
}

function largest(size: number, values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), size);
}

/**
 * Sums over units of (weight residual)² with each correction for leverage; `null` where a unit determines a
 * coefficient alone (leverage 1). HC1 is left to the caller, who knows the degrees of freedom of the whole.
 */
export function squaredErrors(
  weights: readonly number[],
  residuals: readonly number[],
  leverages: readonly number[],
): Omit<SquaredErrors, 'HC1'> | null {
  const sums = { HC0: 0, HC2: 0, HC3: 0 };
  for (let i = 0; i < weights.length; i++) {
    if (leverages[i]! > FULL_LEVERAGE) return null;
    const left = 1 - leverages[i]!;
    const square = (weights[i]! * residuals[i]!) ** 2;
    sums.HC0 += square;
    sums.HC2 += square / left;
    sums.HC3 += square / left / left;
  }
  return sums;
}

export const FULL_LEVERAGE_REASON = 'a single unit determines a covariate (leverage 1)';

/** Adds HC1 and takes roots. */
export function withHc1(squares: Omit<SquaredErrors, 'HC1'>, units: number, df: number): RegressionErrors {
  return {
    HC0: Math.sqrt(squares.HC0),
    HC1: Math.sqrt((squares.HC0 * units) / df),
    HC2: Math.sqrt(squares.HC2),
    HC3: Math.sqrt(squares.HC3),
  };
}
