import { type CoMoments, requireCoMoments } from '../co-moments.ts';
import type { NoRatio } from '../means/lift-by-delta.ts';
import type { NotEnough } from '../means/mean-test.ts';

/** The ratio of two sums over the units of an arm, with its variance by the delta method. */
export interface RatioOfSums {
  readonly status: 'ok';
  readonly n: number;
  /** Sum of the numerator over sum of the denominator. */
  readonly ratio: number;
  readonly numeratorMean: number;
  readonly denominatorMean: number;
  /** Sample covariance of numerator and denominator over units. */
  readonly covariance: number;
  /** Variance (n - 1) of the linearised unit (numerator - ratio denominator) / mean denominator. */
  readonly unitVariance: number;
  /** `unitVariance` / n. */
  readonly varianceOfRatio: number;
  readonly standardError: number;
  /** What a regression of events clustered by unit says (CR0): `varianceOfRatio` (n - 1) / n. */
  readonly clusterVariance: number;
}

/**
 * The ratio of the sums of two measures of the same units (clicks per session, revenue per order), with its variance.
 *
 * Input: {@link CoMoments} of [numerator, denominator] over **all** units of the arm, also those with a denominator of
 * 0: to drop them would change the population. Moments are enough.
 * Output: {@link RatioOfSums}, in numerator units per denominator unit.
 * Error: relative 1e-14 of ratio and 1e-12 of variance against exact fractions.
 * Assumes: independent units; a mean denominator many of its standard errors away from 0.
 * Edges: a denominator that sums to 0: `undefined`; below two units: `insufficient`; a variance that is rounding alone
 * (numerator proportional to denominator): 0.
 * Source: Deng, Knoblich and Lu 2018, section 2.
 * @throws RangeError if the co-moments are not those of two measures or out of their domain.
 * @example
 * ratioOfSums(coMomentsOf([[1, 2, 3, 4], [2, 2, 2, 2]])); // { ratio: 1.25, unitVariance: 0.4166..., ... }
 */
export function ratioOfSums(arm: CoMoments): RatioOfSums | NoRatio | NotEnough {
  requireCoMoments('arm', arm, 2);
  const linear = linearised(arm, 0, 1);
  if (linear.status !== 'ok') return linear;
  const { n } = arm;
  const { ratio, numeratorMean, denominatorMean, sumOfSquares } = linear;
  const unitVariance = sumOfSquares / (n - 1);
  const varianceOfRatio = unitVariance / n;
  if (!Number.isFinite(varianceOfRatio)) return NEAR_ZERO;
  return {
    status: 'ok',
    n,
    ratio,
    numeratorMean,
    denominatorMean,
    covariance: arm.products[0]![1]! / (n - 1),
    unitVariance,
    varianceOfRatio,
    standardError: Math.sqrt(varianceOfRatio),
    clusterVariance: varianceOfRatio * ((n - 1) / n),
  };
}

const NEAR_ZERO: NoRatio = { status: 'undefined', reason: 'the denominator is too close to 0 for a finite ratio' };

interface Linearised {
  readonly status: 'ok';
  readonly ratio: number;
  readonly numeratorMean: number;
  readonly denominatorMean: number;
  /** Sum of the squared linearised units. */
  readonly sumOfSquares: number;
}

/** The ratio of two measures among several, and the squares of (y - R x) / mean x. */
export function linearised(arm: CoMoments, numerator: number, denominator: number): Linearised | NoRatio | NotEnough {
  if (arm.n < 2) return { status: 'insufficient', missing: `${arm.n} of at least 2 units` };
  const numeratorMean = exactMean(arm, numerator);
  const denominatorMean = exactMean(arm, denominator);
  if (denominatorMean === 0) return { status: 'undefined', reason: 'the denominator sums to 0' };
  const ratio = numeratorMean / denominatorMean;
  if (!Number.isFinite(ratio)) return NEAR_ZERO;
  const squares = arm.products[numerator]![numerator]!;
  const cross = arm.products[numerator]![denominator]!;
  const sumOfSquares = residualSquares(squares, cross, arm.products[denominator]![denominator]!, ratio);
  return {
    status: 'ok',
    ratio,
    numeratorMean,
    denominatorMean,
    sumOfSquares: sumOfSquares / denominatorMean / denominatorMean,
  };
}

function exactMean(arm: CoMoments, index: number): number {
  return arm.means[index]! + (arm.meanTails?.[index] ?? 0);
}

/**
 * Σ(y - R x)² of centred y and x, as what the regression on x leaves plus what R deviates from its slope: two terms of
 * at least 0, of which the plain form would take the difference of large ones.
 */
function residualSquares(yy: number, xy: number, xx: number, ratio: number): number {
  if (xx === 0) return yy;
  const slope = xy / xx;
  const left = yy - slope * xy;
  const deviation = ratio - slope;
  const size = Math.max(Math.abs(ratio), Math.abs(slope));
  const bySlope = Math.abs(deviation) <= 8 * Number.EPSILON * size ? 0 : xx * deviation * deviation;
  return (left <= 16 * Number.EPSILON * yy ? 0 : left) + bySlope;
}
