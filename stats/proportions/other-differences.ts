import { normalUpperQuantile } from '../distributions/normal.ts';
import type { Interval } from '../domain.ts';
import { wilsonInterval } from './one-proportion.ts';
import {
  missingUnits,
  type NoUnits,
  type Proportion,
  type ProportionOptions,
  rateDifference,
  spread,
} from './proportion.ts';
import { type ProportionTest, zTest } from './proportion-difference.ts';
import { nullScore, nullVariance } from './score-statistic.ts';

/** The methods here are for comparison with other tools; `proportionDifference` is the one to decide by. */
export interface WithoutVariance {
  readonly status: 'no_variance';
  readonly estimate: number;
}

/**
 * The unpooled z-test with the interval estimate ± z standard errors.
 *
 * Output: {@link ProportionTest}; `no_variance` if each arm by itself is all events or none.
 * Assumes: many events and non-events in both arms; its coverage fails without them.
 * Source: Wald; see Agresti and Caffo 2000 for its defects.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * waldDifference({ x: 48, n: 80 }, { x: 56, n: 70 }).p; // 0.0059...
 */
export function waldDifference(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): ProportionTest | WithoutVariance | NoUnits {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  const estimate = rateDifference(control, treatment);
  const standardError = Math.sqrt(spread(control) / control.n + spread(treatment) / treatment.n);
  if (standardError === 0) return { status: 'no_variance', estimate };
  const half = normalUpperQuantile((1 - level) / 2) * standardError;
  const interval = { lower: estimate - half, upper: estimate + half };
  return {
    status: 'ok',
    method: 'Wald z',
    estimate,
    standardError,
    ...zTest(estimate / standardError),
    level,
    interval,
  };
}

/** The pooled z-test, which is the chi-square test of the 2 × 2 table. It has no interval of its own. */
export interface PooledTest extends Omit<ProportionTest, 'interval' | 'level'> {
  /** z squared: chi-square with one degree of freedom. */
  readonly chiSquare: number;
}

/**
 * The pooled z-test: the score test without the factor N / (N - 1), equal to Pearson's chi-square without correction.
 *
 * Output: {@link PooledTest}, its standard error pooled; `no_variance` if all units of both arms are alike.
 * Source: Pearson 1900.
 * @throws RangeError if a count is not a whole number of at least 0 or x is above n.
 * @example
 * pooledZTest({ x: 48, n: 80 }, { x: 56, n: 70 }).chiSquare; // 7.0234...
 */
export function pooledZTest(control: Proportion, treatment: Proportion): PooledTest | WithoutVariance | NoUnits {
  const missing = missingUnits(control, treatment, 0.95);
  if (missing) return missing;
  const estimate = rateDifference(control, treatment);
  const standardError = Math.sqrt(nullVariance(control, treatment));
  if (standardError === 0) return { status: 'no_variance', estimate };
  const test = zTest(nullScore(control, treatment, 1));
  return { status: 'ok', method: 'pooled z', estimate, standardError, ...test, chiSquare: test.z * test.z };
}

/**
 * The interval of a difference of rates from the Wilson limits of each arm.
 *
 * Output: an interval within [-1, 1]; `insufficient` if an arm has no units.
 * Source: Newcombe 1998, Statistics in Medicine 17:873, method 10.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * newcombeInterval({ x: 48, n: 80 }, { x: 56, n: 70 }); // { lower: 0.0524..., upper: 0.3338... }
 */
export function newcombeInterval(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): Interval | NoUnits {
  const missing = missingUnits(control, treatment, options.level ?? 0.95);
  if (missing) return missing;
  const a = wilsonInterval(control, options);
  const b = wilsonInterval(treatment, options);
  const rateA = control.x / control.n;
  const rateB = treatment.x / treatment.n;
  const estimate = rateDifference(control, treatment);
  return {
    lower: Math.max(-1, estimate - Math.hypot(rateB - b.lower, a.upper - rateA)),
    upper: Math.min(1, estimate + Math.hypot(b.upper - rateB, rateA - a.lower)),
  };
}

/**
 * The interval of a difference of rates after adding one event and one non-event to each arm.
 *
 * Output: an interval, not cut at -1 and 1; `insufficient` if an arm has no units.
 * Source: Agresti and Caffo 2000.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * agrestiCaffoInterval({ x: 48, n: 80 }, { x: 56, n: 70 }); // { lower: 0.0524..., upper: 0.3357... }
 */
export function agrestiCaffoInterval(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): Interval | NoUnits {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  const a = { x: control.x + 1, n: control.n + 2 };
  const b = { x: treatment.x + 1, n: treatment.n + 2 };
  const estimate = rateDifference(a, b);
  const half = normalUpperQuantile((1 - level) / 2) * Math.sqrt(spread(a) / a.n + spread(b) / b.n);
  return { lower: estimate - half, upper: estimate + half };
}

/** Ratio of rates with Katz's interval, as ratio - 1. */
export interface RatioByLogarithm {
  readonly status: 'ok';
  readonly ratio: number;
  readonly lift: number;
  readonly interval: Interval;
}

/**
 * The relative lift of a rate with an interval symmetric on the log scale; `proportionLift` is the one to decide by.
 *
 * Output: {@link RatioByLogarithm}; `no_variance` where the formula has none: no events in an arm, or nothing but events.
 * Source: Katz, Baptista, Azen and Pike 1978.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * katzLift({ x: 1000, n: 20000 }, { x: 1100, n: 20000 }).lift; // 0.1
 */
export function katzLift(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): RatioByLogarithm | { readonly status: 'no_variance' } | NoUnits {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  const variance = logVariance(control) + logVariance(treatment);
  if (!(variance > 0 && Number.isFinite(variance))) return { status: 'no_variance' };
  const lift = rateDifference(control, treatment) / (control.x / control.n);
  const half = normalUpperQuantile((1 - level) / 2) * Math.sqrt(variance);
  const log = Math.log1p(lift);
  return {
    status: 'ok',
    ratio: 1 + lift,
    lift,
    interval: { lower: Math.expm1(log - half), upper: Math.expm1(log + half) },
  };
}

/** 1/x - 1/n without cancellation; infinite without events. */
function logVariance(arm: Proportion): number {
  return (arm.n - arm.x) / arm.n / arm.x;
}
