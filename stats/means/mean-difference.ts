import { type MeanSummary, requireArms } from './mean-summary.ts';
import { type MeanTest, meanTest, type NotEnough, type NoVariance } from './mean-test.ts';

/** A comparison of two means, or the reason why there is none. */
export type MeanDifference = MeanTest | NoVariance | NotEnough;

export interface MeanDifferenceOptions {
  /** Confidence level of the interval and of the one-sided limits; 0.95 by default. */
  readonly level?: number;
}

/**
 * Whether and by how much the mean of treatment differs from that of control: Welch's t, variances not assumed equal.
 *
 * Input: per arm n, mean and sample variance (n - 1). Output: {@link MeanTest} for treatment minus control; p is below
 * 1 - level exactly when the interval excludes 0.
 * Error: relative 1e-12 (p, log10 p, limits), against scipy and mpmath.
 * Assumes: independent units; means close to normal, which skewed data in a small arm are not.
 * Edges: an arm without variance drops out of the degrees of freedom; both without: `no_variance`; n below 2 in an
 * arm: `insufficient`.
 * Source: Welch 1947; Satterthwaite 1946.
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * meanDifference({ n: 20, mean: 5, variance: 16 }, { n: 22, mean: 7, variance: 20 }).p; // 0.1339...
 */
export function meanDifference(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanDifferenceOptions = {},
): MeanDifference {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level, estimate } = arms;
  const squaredError = a.variance / a.n + b.variance / b.n;
  const df = welchDegreesOfFreedom(a.variance / a.n, a.n, b.variance / b.n, b.n);
  return meanTest('Welch t', estimate, squaredError, df, level);
}

/** (a + b)^2 / (a^2 / (n_A - 1) + b^2 / (n_B - 1)), with a and b scaled so that no square overflows. */
export function welchDegreesOfFreedom(a: number, nA: number, b: number, nB: number): number {
  const shareA = a / (a + b);
  const shareB = b / (a + b);
  return 1 / ((shareA * shareA) / (nA - 1) + (shareB * shareB) / (nB - 1));
}

/**
 * Student's t with a pooled variance: as {@link meanDifference}, assuming equal variances in both arms.
 *
 * Edges: a common variance of 0 is `no_variance`. Source: Student 1908.
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * pooledMeanDifference({ n: 2, mean: 1.5, variance: 0.5 }, { n: 2, mean: 9, variance: 2 }).p; // 0.0215...
 */
export function pooledMeanDifference(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanDifferenceOptions = {},
): MeanDifference {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level, estimate } = arms;
  const df = a.n + b.n - 2;
  const pooled = ((a.n - 1) / df) * a.variance + ((b.n - 1) / df) * b.variance;
  return meanTest('Student t', estimate, pooled / a.n + pooled / b.n, df, level);
}

/**
 * The z-test: as {@link meanDifference} with the normal in place of Student's t, for large samples or known variances.
 *
 * Edges: as {@link meanDifference}; `degreesOfFreedom` is `Infinity`.
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * zMeanDifference({ n: 800, mean: -4.2, variance: 3.3 }, { n: 820, mean: -5, variance: 2.9 }).p; // 6.26...e-20
 */
export function zMeanDifference(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanDifferenceOptions = {},
): MeanDifference {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level, estimate } = arms;
  return meanTest('z', estimate, a.variance / a.n + b.variance / b.n, Number.POSITIVE_INFINITY, level);
}
