import { type CoMoments, measure } from '../co-moments.ts';
import { requireLevel } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import type { NoRatio } from '../means/lift-by-delta.ts';
import { liftOfEstimates } from '../means/lift-of-estimates.ts';
import { type MeanDifference, meanDifference, welchDegreesOfFreedom } from '../means/mean-difference.ts';
import type { MeanLift } from '../means/mean-lift.ts';
import { meanSummary } from '../means/mean-summary.ts';
import { type MeanTest, type NotEnough, type NoVariance, upperQuantile } from '../means/mean-test.ts';
import { type RatioOfSums, ratioOfSums } from './ratio-of-sums.ts';

export interface RatioOptions {
  /** Confidence level; 0.95 by default. */
  readonly level?: number;
  /** `welch` (default): Student's t with Welch's degrees of freedom of the linearised units; or the normal. */
  readonly critical?: 'welch' | 'normal';
}

/** A test on the difference of two ratios, with both arms, the lift and the effects on either part. */
export interface RatioTest extends MeanTest {
  readonly control: RatioOfSums;
  readonly treatment: RatioOfSums;
  /** Relative to control, by Fieller with the same critical value. */
  readonly lift: MeanLift;
  /** A ratio can rise because its denominator falls: both parts per unit, as `meanDifference`. */
  readonly numerator: MeanDifference;
  readonly denominator: MeanDifference;
}

export type RatioDifference = RatioTest | NoRatio | NoVariance | NotEnough;

/**
 * Whether and by how much a ratio metric of treatment differs from that of control, units being what was randomised.
 *
 * Input: per arm the {@link CoMoments} of [numerator, denominator] over all its units, also those with denominator 0.
 * Moments are enough. Output: {@link RatioDifference}; p is below 1 - level exactly when the interval excludes 0, and
 * exactly when a bounded set of the lift does.
 * Error: relative 1e-12 (p, limits) against exact fractions.
 * Assumes: independent units; mean denominators many standard errors away from 0.
 * Edges: a denominator that sums to 0: `undefined`; below two units in an arm: `insufficient`; ratios that do not vary
 * in either arm: `no_variance`. With a denominator of 1 throughout this is `meanDifference`.
 * Source: Deng, Knoblich and Lu 2018; Welch 1947 on the linearised units.
 * @throws RangeError if co-moments or the level are out of their domain.
 * @example
 * const clicks = coMomentsOf([[1, 2, 3, 4], [2, 2, 2, 2]]);
 * ratioDifference(clicks, coMomentsOf([[2, 3, 3, 5], [2, 2, 2, 2]]), { critical: 'normal' }).p; // 0.4053...
 */
export function ratioDifference(control: CoMoments, treatment: CoMoments, options: RatioOptions = {}): RatioDifference {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const a = ratioOfSums(control);
  const b = ratioOfSums(treatment);
  if (a.status !== 'ok') return inArm('control', a);
  if (b.status !== 'ok') return inArm('treatment', b);
  const df =
    options.critical === 'normal'
      ? Number.POSITIVE_INFINITY
      : welchDegreesOfFreedom(a.varianceOfRatio, a.n, b.varianceOfRatio, b.n);
  const test = finiteTest('ratio, delta method', b.ratio - a.ratio, a.varianceOfRatio + b.varianceOfRatio, df, level);
  if (test.status !== 'ok') return test;
  const pair = {
    meanA: a.ratio,
    varianceOfMeanA: a.varianceOfRatio,
    meanB: b.ratio,
    varianceOfMeanB: b.varianceOfRatio,
  };
  const part = (index: number): MeanDifference =>
    meanDifference(meanSummary(measure(control, index)), meanSummary(measure(treatment, index)), { level });
  return {
    ...test,
    control: a,
    treatment: b,
    lift: liftOfEstimates(pair, upperQuantile((1 - level) / 2, df), level),
    numerator: part(0),
    denominator: part(1),
  };
}

/** The same status, saying in which arm. */
export function inArm<T extends NoRatio | NotEnough>(arm: string, status: T): T {
  return status.status === 'undefined'
    ? { ...status, reason: `${arm}: ${status.reason}` }
    : { ...status, missing: `${arm}: ${status.missing}` };
}
