import { type Moments, skewness } from '../../../stats/index.ts';
import { count } from '../phrases.ts';
import type { MeasureSums } from '../report-store.ts';

/** The share of a two-sided test at 5 % on each side, and the distance at which a side begins. */
const ONE_SIDE = 0.025;
const Z = 1.959964;

/** From this skewness of a difference of means on, the error of one side is used up: 0.296. */
export const MOST_SKEWNESS = (ONE_SIDE * 6) / (((2 * Z * Z + 1) * Math.exp((-Z * Z) / 2)) / Math.sqrt(2 * Math.PI));

/**
 * The skewness that a difference of two means has if both arms have the same distribution: 0 for arms of equal size,
 * where long tails cancel, large for a small arm against a large one. The units' own skewness is that of the more
 * skewed arm, as that of a small sample is too low as a rule. null: too few units, or nothing varies.
 *
 * The first term of the Edgeworth expansion of Welch's t moves the probability g (2 z² + 1) φ(z) / 6 from one side of
 * the test to the other. While that is less than 2.5 % the two-sided error stays 5 % to this order; from
 * {@link MOST_SKEWNESS} on one side has nothing left to give, and the error grows. Simulated rejections without an
 * effect: 6.5 % at the limit, 15 % for 100 against 10,000 units (lognormal, sigma 1.5), where it is 3.
 */
export function differenceSkewness(control: MeasureSums, arm: MeasureSums): number | null {
  const [a, b] = [skewness(asMoments(control)), skewness(asMoments(arm))];
  if (a === null || b === null) return null;
  const units = Math.abs(a) > Math.abs(b) ? a : b;
  const [perControl, perArm] = [1 / control.units, 1 / arm.units];
  return (units * (perArm - perControl)) / Math.sqrt(perArm + perControl);
}

const BEGINNING = 'A few units with very large values weigh much in the smaller variant';

/** Whether a warning beside a comparison is {@link skewnessWarning}: the data quality card gathers them. */
export function isSkewnessWarning(warning: string): boolean {
  return warning.startsWith(BEGINNING);
}

/** What to do about a mean whose test errs too often, as a sentence; null when all is well. */
export function skewnessWarning(control: MeasureSums, arm: MeasureSums): string | null {
  const size = Math.abs(differenceSkewness(control, arm) ?? 0);
  if (size <= MOST_SKEWNESS) return null;
  const needed = Math.ceil(Math.min(control.units, arm.units) * (size / MOST_SKEWNESS) ** 2);
  return `${BEGINNING}: a test at 5 % errs more often than that. Wait until it has about ${count(needed)} units, cap the values, or use a rank metric.`;
}

function asMoments({ units, mean, m2, m3 }: MeasureSums): Moments {
  return { n: units, mean, m2, m3 };
}
