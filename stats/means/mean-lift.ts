import { normalUpperQuantile } from '../distributions/normal.ts';
import { studentTUpperQuantile } from '../distributions/student-t.ts';
import { requireFinite } from '../domain.ts';
import { fiellerSet, type RatioSet } from './fieller.ts';
import { welchDegreesOfFreedom } from './mean-difference.ts';
import { type CheckedArm, type MeanSummary, requireArms } from './mean-summary.ts';
import type { NotEnough, NoVariance } from './mean-test.ts';

export interface MeanLiftOptions {
  /** Confidence level; 0.95 by default. */
  readonly level?: number;
  /** `welch` (default): Student's t with Welch's degrees of freedom, so that it agrees with `meanDifference`. */
  readonly critical?: 'welch' | 'normal';
  /** Covariance of the two means (not of units); 0 by default. */
  readonly covariance?: number;
}

/** The relative lift of a mean, with Fieller's confidence set. */
export interface MeanLift {
  readonly status: 'ok';
  readonly method: 'Fieller';
  /** (treatment - control) / |control|; `null` where control is 0 and the ratio undefined. */
  readonly estimate: number | null;
  readonly level: number;
  /** The critical value used. */
  readonly critical: number;
  readonly g: number;
  readonly set: RatioSet;
}

/**
 * By how much, relative to control, the mean of treatment is higher: (B - A) / |A| with Fieller's confidence set.
 *
 * Input: per arm n, mean and sample variance. Output: {@link MeanLift}; a bounded set excludes 0 exactly when the
 * difference is significant by the same critical value; `outside` and `whole_line` (g of 1 or more) mean that control
 * may be 0, so that no interval should be shown.
 * Error: relative 1e-12 on the ground truth (mpmath).
 * Assumes: means close to normal.
 * Edges: a negative baseline: a rise is a positive lift. Both variances 0: `no_variance`; n below 2: `insufficient`.
 * Source: Fieller 1954.
 * @throws RangeError if a count, mean, variance, covariance or the level is out of its domain.
 * @example
 * meanLift({ n: 20, mean: 5, variance: 16 }, { n: 22, mean: 7, variance: 20 }).estimate; // 0.4
 */
export function meanLift(
  control: MeanSummary,
  treatment: MeanSummary,
  options: MeanLiftOptions = {},
): MeanLift | NoVariance | NotEnough {
  const arms = requireArms(control, treatment, options.level);
  if (arms.status !== 'ok') return arms;
  const { a, b, level, estimate } = arms;
  const critical = criticalValue(a, b, level, options.critical ?? 'welch');
  const pair = {
    meanA: a.mean,
    varianceOfMeanA: a.variance / a.n,
    meanB: b.mean,
    varianceOfMeanB: b.variance / b.n,
    covariance: options.covariance ?? 0,
  };
  requireFinite('covariance', pair.covariance);
  const { set, g } = fiellerSet(pair, critical);
  const lift = a.mean === 0 ? null : estimate / Math.abs(a.mean);
  return { status: 'ok', method: 'Fieller', estimate: lift, level, critical, g, set: asLift(set, a.mean < 0) };
}

function criticalValue(a: CheckedArm, b: CheckedArm, level: number, kind: 'welch' | 'normal'): number {
  const tail = (1 - level) / 2;
  if (kind === 'normal') return normalUpperQuantile(tail);
  return studentTUpperQuantile(tail, welchDegreesOfFreedom(a.variance / a.n, a.n, b.variance / b.n, b.n));
}

/** theta - 1, with its sign turned where the baseline is negative. */
export function asLift(set: RatioSet, negativeBaseline: boolean): RatioSet {
  const lift = (theta: number): number => (negativeBaseline ? 1 - theta : theta - 1);
  if (set.kind === 'whole_line') return set;
  const [first, second] = set.kind === 'bounded' ? [set.lower, set.upper] : [set.below, set.above];
  const [low, high] = negativeBaseline ? [lift(second), lift(first)] : [lift(first), lift(second)];
  return set.kind === 'bounded'
    ? { kind: 'bounded', lower: low, upper: high }
    : { kind: 'outside', below: low, above: high };
}
