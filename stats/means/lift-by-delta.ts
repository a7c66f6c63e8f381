import { normalUpperQuantile } from '../distributions/normal.ts';
import type { Interval } from '../domain.ts';
import type { MeanDifferenceOptions } from './mean-difference.ts';
import { type MeanSummary, requireArms } from './mean-summary.ts';
import type { NotEnough, NoVariance } from './mean-test.ts';

/** The baseline is 0, or the two means have not the same sign where a logarithm needs it. */
export interface NoRatio {
  readonly status: 'undefined';
  readonly reason: string;
}

const OVERFLOW: NoRatio = { status: 'undefined', reason: 'the mean of control is too close to 0 for a finite ratio' };

/** These two are for comparison with other tools; `meanLift` is the one to decide by. */
export interface DeltaLift {
  readonly status: 'ok';
  /** (treatment - control) / |control|. */
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
}

/**
 * The relative lift of a mean by the delta method, with the normal critical value.
 *
 * Output: {@link DeltaLift}; its interval can contradict the absolute test, and covers .925 in place of .95 where
 * control lies 2.5 standard errors from 0. `undefined` where control is 0; otherwise statuses as `meanLift`.
 * Source: delta method; var = v_B / (n_B A²) + B² v_A / (n_A A⁴).
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * deltaLift({ n: 20, mean: 5, variance: 16 }, { n: 22, mean: 7, variance: 20 }); // { estimate: 0.4, standardError: 0.3147..., ... }
 */
export function deltaLift(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanDifferenceOptions = {},
): DeltaLift | NoRatio | NoVariance | NotEnough {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level } = arms;
  if (a.mean === 0) return { status: 'undefined', reason: 'the mean of control is 0' };
  const estimate = arms.estimate / Math.abs(a.mean);
  const ratio = b.mean / a.mean;
  const standardError = Math.hypot(Math.sqrt(b.variance / b.n), ratio * Math.sqrt(a.variance / a.n)) / Math.abs(a.mean);
  if (!Number.isFinite(estimate + standardError)) return OVERFLOW;
  const half = normalUpperQuantile((1 - level) / 2) * standardError;
  return { status: 'ok', estimate, standardError, interval: { lower: estimate - half, upper: estimate + half } };
}

/** The ratio of two means of the same sign, on the log scale. */
export interface LogRatio {
  readonly status: 'ok';
  readonly logRatio: number;
  readonly standardError: number;
  /** exp(limits of the log ratio) - 1: the change of the plain ratio B / A, whatever the sign of the baseline. */
  readonly ratioMinusOne: Interval;
}

/**
 * The ratio of two means with an interval symmetric on the log scale and the normal critical value.
 *
 * Output: {@link LogRatio}; `undefined` unless both means have the same sign; otherwise statuses as `meanLift`.
 * Source: delta method for the logarithm.
 * @throws RangeError if a count, mean, variance or the level is out of its domain.
 * @example
 * logDeltaLift({ n: 20, mean: 5, variance: 16 }, { n: 22, mean: 7, variance: 20 }); // { logRatio: 0.3364..., ... }
 */
export function logDeltaLift(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanDifferenceOptions = {},
): LogRatio | NoRatio | NoVariance | NotEnough {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level } = arms;
  if (a.mean === 0 || Math.sign(a.mean) !== Math.sign(b.mean))
    return { status: 'undefined', reason: 'the two means have not the same sign' };
  const logRatio = Math.log(b.mean / a.mean);
  const standardError = Math.hypot(Math.sqrt(a.variance / a.n) / a.mean, Math.sqrt(b.variance / b.n) / b.mean);
  if (!Number.isFinite(logRatio + standardError)) return OVERFLOW;
  const half = normalUpperQuantile((1 - level) / 2) * standardError;
  const ratioMinusOne = { lower: Math.expm1(logRatio - half), upper: Math.expm1(logRatio + half) };
  return { status: 'ok', logRatio, standardError, ratioMinusOne };
}
