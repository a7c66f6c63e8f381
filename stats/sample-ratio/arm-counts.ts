import { requireCount, requireNonNegative, requireSameLength } from '../domain.ts';

/** The arms that can receive units, their weights summing to 1. */
export interface ExpectedArms {
  readonly counts: readonly number[];
  readonly shares: readonly number[];
  readonly total: number;
  /** Units seen in arms of weight 0, where none should be. They are no part of the test and deserve an alarm. */
  readonly unexpected: number;
}

/** Counts and weights in their domain, without the arms of weight 0. */
export function expectedArms(observed: readonly number[], weights: readonly number[]): ExpectedArms {
  requireSameLength('observed', observed, 'weights', weights);
  let weightSum = 0;
  observed.forEach((count, index) => {
    requireCount(`observed[${index}]`, count);
    requireNonNegative(`weights[${index}]`, weights[index]!);
    weightSum += weights[index]!;
  });
  if (!(weightSum > 0 && Number.isFinite(weightSum))) {
    throw new RangeError(`weights must have a finite sum above 0, got ${weightSum}`);
  }
  const open = weights.map((weight) => weight > 0);
  const counts = observed.filter((_, index) => open[index]);
  const shares = weights.filter((weight) => weight > 0).map((weight) => weight / weightSum);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const everything = observed.reduce((sum, count) => sum + count, 0);
  return { counts, shares, total, unexpected: everything - total };
}
