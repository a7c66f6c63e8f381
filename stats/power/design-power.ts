import { requireFinite, requirePositive } from '../domain.ts';
import { type PowerPlan, planned, requireNonZero, requireOpen } from './plan.ts';

/**
 * How many units each arm needs where spreads or sizes of the arms differ.
 *
 * Input: the difference to be found, a standard deviation per arm, units of treatment per unit of control.
 * Output: units per arm, not rounded, and the ratio with the fewest units in total.
 * Error: relative 1e-14 of the formula. Assumes: large samples (the normal limit).
 * Source: Chow, Shao, Wang 2008, 3.2; Neyman 1934 for the best ratio.
 * @throws RangeError if a number is out of its domain.
 * @example
 * unequalSampleSize(0.5, { control: 1, treatment: 1.5 }, 1).control; // 102.035...
 */
export function unequalSampleSize(
  delta: number,
  standardDeviation: { readonly control: number; readonly treatment: number },
  ratio: number,
  plan: PowerPlan = {},
): { control: number; treatment: number; bestRatio: number } {
  requireNonZero('delta', delta);
  requirePositive('standardDeviation.control', standardDeviation.control);
  requirePositive('standardDeviation.treatment', standardDeviation.treatment);
  requirePositive('ratio', ratio);
  const spread = standardDeviation.control ** 2 + standardDeviation.treatment ** 2 / ratio;
  const control = (planned(plan).zSum / delta) ** 2 * spread;
  return { control, treatment: ratio * control, bestRatio: standardDeviation.treatment / standardDeviation.control };
}

/**
 * By what factor an uneven split raises the total number of units.
 *
 * Input: the share of treatment, between 0 and 1. Output: 1 / (4 q (1 - q)), at least 1.
 * @throws RangeError if the share is out of its domain.
 * @example
 * allocationInflation(0.01); // 25.2525...
 */
export function allocationInflation(treatmentShare: number): number {
  requireOpen('treatmentShare', treatmentShare);
  return 1 / (4 * treatmentShare * (1 - treatmentShare));
}

/**
 * How many units an arm needs to find a relative lift of a mean.
 *
 * Input: mean of control, the standard deviation of a unit in both arms, the lift (0.02 for 2 %).
 * Output: `perArm` for the test on the lift by the delta method, `perArmAbsolute` for that on the difference.
 * Error: relative 1e-14 of the formula. Assumes: large samples, a mean of control far from 0.
 * @throws RangeError if a number is out of its domain.
 * @example
 * liftSampleSize(10, 20, 0.02).perArm; // 160148.5...
 */
export function liftSampleSize(
  mean: number,
  standardDeviation: number,
  lift: number,
  plan: PowerPlan = {},
): { perArm: number; perArmAbsolute: number } {
  requireNonZero('mean', mean);
  requirePositive('standardDeviation', standardDeviation);
  requireNonZero('lift', lift);
  const unit = ((planned(plan).zSum * standardDeviation) / mean) ** 2;
  const inverse = 1 / lift;
  return { perArm: unit * (inverse ** 2 + (inverse + 1) ** 2), perArmAbsolute: 2 * unit * inverse ** 2 };
}

/** A ratio metric: the sum of a numerator over the sum of a denominator, both measured per unit. */
export interface RatioUnit {
  /** The ratio of the means. */
  readonly ratio: number;
  readonly meanDenominator: number;
  readonly varianceNumerator: number;
  readonly varianceDenominator: number;
  readonly covariance: number;
}

/**
 * How many units an arm needs to find a relative lift of a ratio metric.
 *
 * Input: {@link RatioUnit} and the lift. Output: `perArm`, not rounded, and `unitVariance`, the variance of the
 * linearised value of a unit.
 * Error: relative 1e-14 of the formula. Assumes: large samples. Source: delta method; Deng, Knoblich, Lu 2018.
 * @throws RangeError if a number is out of its domain or the covariance impossible for the variances.
 * @example
 * const unit = { ratio: 0.5, meanDenominator: 2, varianceNumerator: 1.2, varianceDenominator: 4, covariance: 0.6 };
 * ratioSampleSize(unit, 0.02).perArm; // 62791.03...
 */
export function ratioSampleSize(
  unit: RatioUnit,
  lift: number,
  plan: PowerPlan = {},
): { perArm: number; unitVariance: number } {
  const { ratio, meanDenominator, varianceNumerator, varianceDenominator, covariance } = unit;
  requireNonZero('ratio', ratio);
  requireNonZero('meanDenominator', meanDenominator);
  requirePositive('varianceNumerator', varianceNumerator);
  if (!(Number.isFinite(varianceDenominator) && varianceDenominator >= 0)) {
    throw new RangeError(`varianceDenominator must be a finite number of at least 0, got ${varianceDenominator}`);
  }
  requireFinite('covariance', covariance);
  if (Math.abs(covariance) > Math.sqrt(varianceNumerator * varianceDenominator) * (1 + 1e-9)) {
    throw new RangeError(`covariance must be possible for the variances, got ${covariance}`);
  }
  requireNonZero('lift', lift);
  const spread = varianceNumerator - 2 * ratio * covariance + ratio * ratio * varianceDenominator;
  const unitVariance = Math.max(0, spread) / (meanDenominator * meanDenominator);
  if (!Number.isFinite(unitVariance)) {
    throw new RangeError(`ratio must give a finite variance of a unit, got ${ratio}`);
  }
  return { perArm: 2 * (planned(plan).zSum / (lift * ratio)) ** 2 * unitVariance, unitVariance };
}

/**
 * How many units an arm needs where a covariate from before the experiment removes a part of the variance.
 *
 * Input: the difference to be found, the standard deviation of a unit, its correlation with the covariate.
 * Output: units per arm, not rounded: (1 - correlation^2) of the plain number.
 * Error: relative 1e-14 of the formula. Assumes: large samples. Source: Deng, Xu, Kohavi, Walker 2013, eq. 4.
 * @throws RangeError if a number is out of its domain.
 * @example
 * cupedSampleSize(0.05, 1, 0.8); // 2260.47...
 */
export function cupedSampleSize(
  delta: number,
  standardDeviation: number,
  correlation: number,
  plan: PowerPlan = {},
): number {
  requireNonZero('delta', delta);
  requirePositive('standardDeviation', standardDeviation);
  if (!(Math.abs(correlation) <= 1)) throw new RangeError(`correlation must be from -1 to 1, got ${correlation}`);
  const left = (1 - correlation) * (1 + correlation);
  return 2 * ((planned(plan).zSum * standardDeviation) / delta) ** 2 * left;
}

/**
 * How many units an arm needs where whole clusters are assigned.
 *
 * Input: the difference to be found, the standard deviation of a unit, units per cluster, their correlation within one.
 * Output: units and clusters per arm, not rounded: 1 + (m - 1) icc times the plain number.
 * Error: relative 1e-14 of the formula. Assumes: clusters of one size, many of them. Source: Donner, Klar 2000.
 * @throws RangeError if a number is out of its domain.
 * @example
 * clusterSampleSize(0.2, 1, { size: 20, correlation: 0.05 }).clusters; // 38.26...
 */
export function clusterSampleSize(
  delta: number,
  standardDeviation: number,
  cluster: { readonly size: number; readonly correlation: number },
  plan: PowerPlan = {},
): { perArm: number; clusters: number } {
  if (!(Number.isFinite(cluster.size) && cluster.size >= 1)) {
    throw new RangeError(`cluster.size must be a finite number of at least 1, got ${cluster.size}`);
  }
  const design = 1 + (cluster.size - 1) * cluster.correlation;
  if (!(cluster.correlation <= 1 && design >= 0)) {
    throw new RangeError(`cluster.correlation must be from -1 / (size - 1) to 1, got ${cluster.correlation}`);
  }
  const perArm = cupedSampleSize(delta, standardDeviation, 0, plan) * design;
  return { perArm, clusters: perArm / cluster.size };
}

/**
 * How many units an arm needs where several comparisons share the false alarms by Bonferroni.
 *
 * Input: number of comparisons, at least 1; the rest as {@link cupedSampleSize}. Output: units per arm, not rounded.
 * Source: alpha / comparisons for each.
 * @throws RangeError if a number is out of its domain.
 * @example
 * bonferroniSampleSize(2, 0.1, 1); // 1901.00...
 */
export function bonferroniSampleSize(
  comparisons: number,
  delta: number,
  standardDeviation: number,
  plan: PowerPlan = {},
): number {
  if (!(Number.isSafeInteger(comparisons) && comparisons >= 1)) {
    throw new RangeError(`comparisons must be a whole number of at least 1, got ${String(comparisons)}`);
  }
  planned(plan);
  return cupedSampleSize(delta, standardDeviation, 0, { ...plan, alpha: (plan.alpha ?? 0.05) / comparisons });
}
