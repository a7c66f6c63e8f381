import { welchDegreesOfFreedom } from '../means/mean-difference.ts';
import { type MeanSummary, requireArms } from '../means/mean-summary.ts';
import type { NotEnough, NoVariance } from '../means/mean-test.ts';
import { toLog10 } from '../special/log-space.ts';
import { type MarginOptions, requireMargin } from './margin.ts';
import { logUpperTail } from './mean-non-inferiority.ts';

export interface RelativeMarginOptions extends MarginOptions {
  /** `welch` (default): Student's t with Satterthwaite's degrees of freedom of the contrast; or the normal. */
  readonly critical?: 'welch' | 'normal';
}

/** Whether treatment is at worst a share of control's mean away from control. */
export interface RelativeNonInferiority {
  readonly status: 'ok';
  /** Treatment less the worst value that the margin allows, positive on the good side, in the metric's unit. */
  readonly contrast: number;
  readonly standardError: number;
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
  readonly log10P: number;
  readonly alpha: number;
  readonly nonInferior: boolean;
}

/**
 * Whether the mean of treatment is not worse than that of control by a share or more of control: the linear contrast
 * m_B - (1 - M) m_A, which needs no division and so stays right where control is close to 0.
 *
 * Input: as `meanNonInferiority`; the margin as a share (0.05 for 5 %). Moments are enough.
 * Output: {@link RelativeNonInferiority}; as deciding by Fieller's one-sided limit of the lift.
 * Error: relative 1e-12 against mpmath. Assumes: as `meanNonInferiority`.
 * Edges: a negative baseline: the share is of its size, m_B - (1 + M) m_A; statuses as `meanNonInferiority`.
 * Source: Fieller 1954; Pigeot, Schäfer, Röhmel and Hauschke 2003.
 * @throws RangeError if margin, alpha, a count, mean or variance is out of its domain.
 * @example
 * relativeNonInferiority({ n: 5000, mean: 10, variance: 100 }, { n: 5000, mean: 9.98, variance: 100 }, 0.05).p; // 0.0069...
 */
export function relativeNonInferiority(
  control: MeanSummary,
  treatment: MeanSummary,
  margin: number,
  options: RelativeMarginOptions = {},
): RelativeNonInferiority | NoVariance | NotEnough {
  const { alpha, sign } = requireMargin(margin, options);
  const arms = requireArms(control, treatment);
  if (arms.status !== 'ok') return arms;
  const { a, b, estimate } = arms;
  const factor = 1 - sign * margin * (a.mean < 0 ? -1 : 1);
  const contrast = sign * estimate + margin * Math.abs(a.mean);
  const [errorA, errorB] = [(factor * factor * a.variance) / a.n, b.variance / b.n];
  // with a margin of 1 control drops out of the contrast, and its variance with it
  if (errorA + errorB === 0) return { status: 'no_variance', estimate };
  const standardError = Math.sqrt(errorA + errorB);
  const df = options.critical === 'normal' ? Number.POSITIVE_INFINITY : welchDegreesOfFreedom(errorA, a.n, errorB, b.n);
  const log = logUpperTail(contrast / standardError, df);
  return {
    status: 'ok',
    contrast,
    standardError,
    statistic: contrast / standardError,
    degreesOfFreedom: df,
    p: Math.exp(log),
    log10P: toLog10(log),
    alpha,
    nonInferior: Math.exp(log) < alpha,
  };
}
