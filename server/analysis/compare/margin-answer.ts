import type { Comparison } from '../../contract/report-contract.ts';
import type { AtLevel } from './compare-input.ts';

export type MarginAnswer = NonNullable<Comparison['margin']>;

/** One-sided error of each of the two tests against a margin: what a two-sided interval at `level` leaves a side. */
export function oneSidedAlpha(level: number): number {
  return (1 - level) / 2;
}

export function higherIsBetter({ metric }: Pick<AtLevel, 'metric'>): boolean {
  return metric.direction === 'increase';
}

/**
 * The answer from both one-sided p: against "worse by the margin or more" and against "better by the margin or more".
 * Equivalence takes both at the same level, so that what is equivalent is not inferior, and so that it holds exactly
 * when the interval of the same row lies within the margin.
 */
export function marginAnswer(
  input: AtLevel,
  p: { worse: number; better: number } | null,
  limit: number | null,
): MarginAnswer | null {
  const { margin } = input.metric;
  if (margin === null) return null;
  if (p === null || input.occasion === 'reading') {
    return { margin, pValue: null, nonInferior: null, equivalent: null, limit };
  }
  const alpha = oneSidedAlpha(input.level);
  const nonInferior = p.worse < alpha;
  return { margin, pValue: p.worse, nonInferior, equivalent: nonInferior && p.better < alpha, limit };
}

/** The end of an interval on the bad side. */
export function badEnd(input: AtLevel, interval: { lower: number; upper: number } | null): number | null {
  return interval && (higherIsBetter(input) ? interval.lower : interval.upper);
}
