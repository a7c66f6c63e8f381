import { normalLogSf } from '../distributions/normal.ts';
import { studentTLogSf } from '../distributions/student-t.ts';
import { welchDegreesOfFreedom } from '../means/mean-difference.ts';
import { type MeanSummary, requireArms } from '../means/mean-summary.ts';
import { type NotEnough, type NoVariance, upperQuantile } from '../means/mean-test.ts';
import { toLog10 } from '../special/log-space.ts';
import { type MarginOptions, type NonInferiority, requireMargin } from './margin.ts';

/**
 * Whether the mean of treatment is not worse than that of control by a margin or more: Welch's t against the margin.
 *
 * Input: per arm n, mean and sample variance; the margin, above 0, in the metric's unit and chosen before the data.
 * Moments are enough. Output: {@link NonInferiority}; `nonInferior` exactly when `limit` lies on the good side of the
 * margin. Error: relative 1e-12 (p, log10 p, limits) against mpmath.
 * Assumes: independent units; means close to normal. "No significant drop" is not this test.
 * Edges: both variances 0: `no_variance`; below two units: `insufficient`.
 * Source: Wellek 2010, section 2.2, with Welch's degrees of freedom.
 * @throws RangeError if margin, alpha, a count, mean or variance is out of its domain.
 * @example
 * meanNonInferiority({ n: 500, mean: 10, variance: 9 }, { n: 500, mean: 9.95, variance: 9 }, 0.5).p; // 0.00894...
 */
export function meanNonInferiority(
  control: MeanSummary,
  treatment: MeanSummary,
  margin: number,
  options: MarginOptions = {},
): NonInferiority | NoVariance | NotEnough {
  const { alpha, sign } = requireMargin(margin, options);
  const arms = requireArms(control, treatment);
  if (arms.status !== 'ok') return arms;
  const { a, b, estimate } = arms;
  const standardError = Math.sqrt(a.variance / a.n + b.variance / b.n);
  const df = welchDegreesOfFreedom(a.variance / a.n, a.n, b.variance / b.n, b.n);
  return againstMargin('Welch t against a margin', estimate, standardError, df, sign * margin, sign, alpha);
}

/** The test against -shift on the good side; `limit` is that of the difference. */
export function againstMargin(
  method: string,
  estimate: number,
  standardError: number,
  df: number,
  shift: number,
  sign: 1 | -1,
  alpha: number,
): NonInferiority {
  const statistic = (sign * (estimate + shift)) / standardError;
  const log = logUpperTail(statistic, df);
  const pSuperior = Math.exp(logUpperTail((sign * estimate) / standardError, df));
  return {
    status: 'ok',
    method,
    estimate,
    standardError,
    statistic,
    degreesOfFreedom: df,
    p: Math.exp(log),
    log10P: toLog10(log),
    alpha,
    limit: estimate - sign * upperQuantile(alpha, df) * standardError,
    nonInferior: Math.exp(log) < alpha,
    pSuperior,
    superior: pSuperior < alpha,
  };
}

/** log P(T > statistic) for Student's t, or the normal where df is infinite. */
export function logUpperTail(statistic: number, df: number): number {
  return df === Number.POSITIVE_INFINITY ? normalLogSf(statistic) : studentTLogSf(statistic, df);
}
