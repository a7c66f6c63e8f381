import { requireCount, requireFinite, requireLevel, requireNonNegative } from '../domain.ts';
import { type Moments, meanDelta, variance } from '../moments.ts';
import type { NotEnough, NoVariance } from './mean-test.ts';

/** An arm: number of units, their mean and their sample variance (divisor n - 1; `null` below two units). */
export interface MeanSummary {
  readonly n: number;
  readonly mean: number;
  readonly variance: number | null;
  /** As in {@link Moments}: what of the mean did not fit into `mean`; 0 if left out. */
  readonly meanTail?: number;
}

/**
 * The summary of an arm as the tests of means take it.
 *
 * Input: {@link Moments}. Output: {@link MeanSummary}; its variance is `null` below two units.
 * @throws RangeError if a moment is out of its domain.
 * @example
 * meanSummary(momentsOf([1, 2, 3])); // { n: 3, mean: 2, meanTail: 0, variance: 1 }
 */
export function meanSummary(moments: Moments): MeanSummary {
  return { n: moments.n, mean: moments.mean, meanTail: moments.meanTail ?? 0, variance: variance(moments) };
}

export interface CheckedArm {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

interface CheckedArms {
  readonly status: 'ok';
  readonly a: CheckedArm;
  readonly b: CheckedArm;
  readonly level: number;
  readonly estimate: number;
}

/** Both arms in their domain with something to compare, or the status that says what is missing. */
export function requireArms(
  control: MeanSummary,
  treatment: MeanSummary,
  level = 0.95,
): CheckedArms | NoVariance | NotEnough {
  requireLevel(level);
  const a = checkedArm('control', control);
  const b = checkedArm('treatment', treatment);
  if (a === null || b === null) return { status: 'insufficient', missing: missingUnits(control.n, treatment.n) };
  const estimate = meanDelta(control, treatment);
  const squaredError = a.variance / a.n + b.variance / b.n;
  if (!Number.isFinite(estimate) || !Number.isFinite(squaredError)) {
    throw new RangeError(
      `control and treatment must have a finite difference and error, got ${estimate} and ${squaredError}`,
    );
  }
  // also where a variance is so small that its share of the error underflows
  if (squaredError === 0) return { status: 'no_variance', estimate };
  return { status: 'ok', a, b, level, estimate };
}

function checkedArm(name: string, arm: MeanSummary): CheckedArm | null {
  requireCount(`${name}.n`, arm.n);
  if (arm.n > 0) {
    requireFinite(`${name}.mean`, arm.mean);
    requireFinite(`${name}.meanTail`, arm.meanTail ?? 0);
  }
  if (arm.variance !== null) requireNonNegative(`${name}.variance`, arm.variance);
  if (arm.n < 2) return null;
  if (arm.variance === null) throw new RangeError(`${name}.variance must be given from two units on, got null`);
  return { n: arm.n, mean: arm.mean, variance: arm.variance };
}

function missingUnits(nControl: number, nTreatment: number): string {
  const parts: string[] = [];
  if (nControl < 2) parts.push(`control has ${nControl} of at least 2 units`);
  if (nTreatment < 2) parts.push(`treatment has ${nTreatment} of at least 2 units`);
  return parts.join('; ');
}
