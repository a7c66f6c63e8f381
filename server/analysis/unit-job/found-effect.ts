import { type Moments, meanDifference, meanSummary } from '../../../stats/index.ts';
import type { UnitArm, UnitEffect } from '../unit-result.ts';

/** What a metric's units say: an arm a variant, control first, and an effect a challenger. */
export interface FoundEffects {
  arms: UnitArm[];
  effects: UnitEffect[];
}

export interface NamedArm {
  variantId: number;
  variant: string;
}

export type OkEffect = Extract<UnitEffect, { status: 'ok' }>;
export type EffectNumbers = Pick<OkEffect, 'method' | 'estimate' | 'standardError' | 'degreesOfFreedom' | 'pair'>;

export const NO_VARIANCE = 'Nothing varies within either arm: there is no error to test by.';

export function insufficient({ variantId }: Pick<NamedArm, 'variantId'>, missing: string): UnitEffect {
  return { variantId, status: 'insufficient', missing };
}

/** Which of two arms have no units yet, as a sentence; null when both have some. */
export function missingUnits(arms: readonly (NamedArm & { units: number })[], least = 1): string | null {
  const empty = arms.filter(({ units }) => units < least).map(({ variant }) => `"${variant}"`);
  if (empty.length === 0) return null;
  return least === 1
    ? `No unit of ${empty.join(' and ')} has completed its window yet.`
    : `Fewer than ${least} units of ${empty.join(' and ')} have completed their windows.`;
}

/** Welch's t of two arms' units, or why there is none. */
export function welch(control: Moments, arm: Moments, level: number) {
  const [a, b] = [meanSummary(control), meanSummary(arm)];
  const test = meanDifference(a, b, { level });
  if (test.status === 'insufficient') return { missing: `Too few units: ${test.missing}.` };
  if (test.status === 'no_variance') return { missing: NO_VARIANCE };
  const [errorA, errorB] = [(a.variance ?? 0) / a.n, (b.variance ?? 0) / b.n];
  return {
    test,
    pair: { meanA: a.mean, varianceOfMeanA: errorA, meanB: b.mean, varianceOfMeanB: errorB, covariance: 0 },
  };
}

/** An arm by the moments of its units; null: none. */
export function armOf({ variantId }: NamedArm, moments: Moments | null): UnitArm {
  const units = moments?.n ?? 0;
  const standardError = moments && units > 1 ? Math.sqrt(moments.m2 / (units - 1) / units) : null;
  return { variantId, units, value: moments?.mean ?? null, standardError, interval: null };
}
