import { type CoMoments, measure, mergeCoMoments, requireCoMoments } from '../co-moments.ts';
import { requireLevel, requireNonNegative, requireSameLength } from '../domain.ts';
import type { NotEnough, NoVariance } from '../means/mean-test.ts';
import { type Moments, meanDelta } from '../moments.ts';
import { solvePositiveDefinite } from '../special/cholesky.ts';
import { type AdjustedArm, compareAdjusted, type LinOptions, type LinTest } from './lin-difference.ts';
import { FULL_LEVERAGE, FULL_LEVERAGE_REASON, type SquaredErrors } from './regression-fit.ts';
import type { NoAdjustment } from './unit-rows.ts';

/** The regression of one arm, as far as co-moments give it. */
export interface LinArmFit {
  readonly outcome: Moments;
  /** The kept covariates in this arm. */
  readonly covariates: readonly Moments[];
  /** Σ of squared residuals; 0 where what is left is rounding. */
  readonly residualSquares: number;
  /** Slopes on the kept covariates. */
  readonly slopes: readonly number[];
  /** Inverse of the table of centred products of the kept covariates. */
  readonly inverse: readonly (readonly number[])[];
  /** Mean of the kept covariates over all units less that of this arm. */
  readonly gaps: readonly number[];
  /** What the regression adds to the mean outcome: slopes times gaps. */
  readonly shift: number;
}

export interface LinFit {
  readonly status: 'ok';
  /** Which covariates were kept, from 0: those that vary and are no combination of earlier ones in any arm. */
  readonly kept: readonly number[];
  readonly arms: readonly LinArmFit[];
  /** The kept covariates over all units. */
  readonly covariates: CoMoments;
}

/**
 * The regressions of Lin, one an arm, from sums alone: the first half of {@link linFromSums}, and what its second pass
 * over the units needs.
 *
 * Input: per arm {@link CoMoments} of [outcome, covariate, …]; two arms or more. Output: {@link LinFit}.
 * Error: relative 1e-9 of slopes against `linDifference` (normal equations; it uses an orthogonal basis).
 * Edges: covariates that do not vary in some arm, or are combinations of earlier ones there, are left out of all arms;
 * none left: `undefined`; no more units in an arm than covariates + 1: `insufficient`.
 * Source: Lin 2013.
 * @throws RangeError if co-moments are out of their domain or the arms differ in shape.
 * @example
 * linFit([coMomentsOf([[1, 2, 4, 5, 7], [1, 2, 3, 4, 5]]), coMomentsOf([[3, 3, 6, 6, 9], [1, 2, 3, 4, 5]])]).kept; // [0]
 */
export function linFit(arms: readonly CoMoments[]): LinFit | NoAdjustment | NotEnough {
  const size = arms[0]?.means.length ?? 0;
  if (arms.length < 2 || size < 2) {
    throw new RangeError(`arms must be at least 2 of at least 2 measures, got ${arms.length} of ${size}`);
  }
  arms.forEach((arm, i) => {
    requireCoMoments(`arms[${i}]`, arm, size);
  });
  const kept = independent(arms, size - 1);
  if (kept.length === 0) {
    return { status: 'undefined', reason: 'no covariate varies in every arm' };
  }
  const least = kept.length + 2;
  const few = arms.findIndex((arm) => arm.n < least);
  if (few >= 0) return { status: 'insufficient', missing: `arm ${few} has ${arms[few]!.n} of at least ${least} units` };
  const covariates = arms.map((arm) => part(arm, kept)).reduce((sum, arm) => mergeCoMoments(sum, arm));
  return { status: 'ok', kept, arms: arms.map((arm) => fitOf(arm, covariates, kept)), covariates };
}

/** Sums over the units of an arm that co-moments do not hold: a second pass, with the fit as parameter. */
export interface LinSquares extends Omit<SquaredErrors, 'HC1'> {
  /** The largest leverage of a unit, 1/n included. */
  readonly largestLeverage: number;
}

export interface LinFromSumsOptions extends LinOptions {
  /** Places of the two arms in the fit; 0 and 1 by default. */
  readonly control?: number;
  readonly treatment?: number;
}

/**
 * `linDifference` from sums over units, for units too many to hold: co-moments first, then one pass for the errors.
 *
 * Input: the {@link linFit}; per arm of it, summed over its units with x the kept covariates less the arm's means, M
 * `inverse`, e the residual, h = 1/n + x'Mx and w = 1/n + x'M gaps: HC0 = Σ(we)², HC2 = Σ(we)²/(1 - h),
 * HC3 = Σ(we)²/(1 - h)², and the largest h.
 * Output: {@link LinTest}. With two arms it equals `linDifference`; with more, each arm is adjusted to the mean
 * covariates of the units of all arms, whose error is shared.
 * Error: relative 1e-9 against `linDifference`, up to four covariates, also at a mean 1e9 standard deviations from 0.
 * Assumes: independent units, many against covariates; covariates from before exposure.
 * Edges: a unit of leverage 1: `undefined`; no residual at all: `no_variance`.
 * Source: Lin 2013; MacKinnon and White 1985; Negi and Wooldridge 2021 for the error of the covariate mean.
 * @throws RangeError if a sum, a place or the level is out of its domain.
 * @example
 * const control = coMomentsOf([[1, 2, 4, 5, 7], [1, 2, 3, 4, 5]]);
 * const fit = linFit([control, coMomentsOf([[3, 3, 6, 6, 9], [1, 2, 3, 4, 5]])]);
 * const squares = { HC0: 0.012, HC2: 0.016, HC3: 0.021, largestLeverage: 0.6 };
 * linFromSums(fit, [squares, squares]).standardError; // 0.17888543819998318
 */
export function linFromSums(
  fit: LinFit,
  squares: readonly LinSquares[],
  options: LinFromSumsOptions = {},
): LinTest | NoAdjustment | NoVariance {
  requireLevel(options.level ?? 0.95);
  requireSameLength('fit.arms', fit.arms, 'squares', squares);
  const places = [options.control ?? 0, options.treatment ?? 1];
  if (places.some((place) => squares[place] && squares[place].largestLeverage > FULL_LEVERAGE)) {
    return { status: 'undefined', reason: FULL_LEVERAGE_REASON };
  }
  const [a, b] = places.map((place) => adjustedArm(fit, squares, place)) as [AdjustedArm, AdjustedArm];
  if (places.every((place) => fit.arms[place]!.residualSquares === 0)) {
    return { status: 'no_variance', estimate: meanDelta(a.outcome, b.outcome) + (b.shift - a.shift) };
  }
  return compareAdjusted(a, b, fit.covariates, options);
}

function adjustedArm(fit: LinFit, squares: readonly LinSquares[], place: number): AdjustedArm {
  const arm = fit.arms[place];
  const sums = squares[place];
  if (!arm || !sums) throw new RangeError(`control and treatment must be places of an arm, got ${place}`);
  for (const kind of ['HC0', 'HC2', 'HC3', 'largestLeverage'] as const) {
    requireNonNegative(`squares[${place}].${kind}`, sums[kind]);
  }
  return { ...arm, squares: sums };
}

/** Covariates that every arm can tell from the earlier ones kept. */
function independent(arms: readonly CoMoments[], covariates: number): number[] {
  const kept: number[] = [];
  for (let j = 0; j < covariates; j++) {
    const tried = [...kept, j];
    const fits = (arm: CoMoments): boolean =>
      varies(arm, j + 1) && solvePositiveDefinite(part(arm, tried).products, [tried.map(() => 0)]) !== null;
    if (arms.every(fits)) kept.push(j);
  }
  return kept;
}

/** Whether a measure's spread is more than the rounding of its mean. */
function varies(arm: CoMoments, index: number): boolean {
  const rounding = 16 * Number.EPSILON * Math.abs(arm.means[index]!);
  return arm.products[index]![index]! > arm.n * rounding * rounding;
}

/** The kept covariates by themselves. */
function part(arm: CoMoments, kept: readonly number[]): CoMoments {
  return {
    n: arm.n,
    means: kept.map((j) => arm.means[j + 1]!),
    meanTails: kept.map((j) => arm.meanTails?.[j + 1] ?? 0),
    products: kept.map((j) => kept.map((k) => arm.products[j + 1]![k + 1]!)),
  };
}

function fitOf(arm: CoMoments, covariates: CoMoments, kept: readonly number[]): LinArmFit {
  const { products } = part(arm, kept);
  const cross = kept.map((j) => arm.products[0]![j + 1]!);
  const unit = kept.map((_, j) => kept.map((__, k) => (j === k ? 1 : 0)));
  const solved = solvePositiveDefinite(products, [cross, ...unit]);
  if (!solved) throw new Error('covariates that were independent no longer are');
  const [slopes, ...inverse] = solved as [number[], ...number[][]];
  const gaps = kept.map((j, k) => meanDelta(measure(arm, j + 1), measure(covariates, k)));
  const explained = slopes.reduce((sum, slope, j) => sum + slope * cross[j]!, 0);
  const left = arm.products[0]![0]! - explained;
  return {
    outcome: measure(arm, 0),
    covariates: kept.map((j) => measure(arm, j + 1)),
    residualSquares: left <= 64 * Number.EPSILON * arm.products[0]![0]! ? 0 : left,
    slopes,
    inverse,
    gaps,
    shift: slopes.reduce((sum, slope, j) => sum + slope * gaps[j]!, 0),
  };
}
