import { normalLogSf, normalTwoSidedP, normalUpperQuantile } from '../distributions/normal.ts';
import type { Interval } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import {
  allAlike,
  missingUnits,
  type NoUnits,
  type Proportion,
  type ProportionOptions,
  rateDifference,
  spread,
} from './proportion.ts';
import { differenceVariance, nullScore, scoreFactor } from './score-statistic.ts';

/** A test on two rates with its interval. */
export interface ProportionTest {
  readonly status: 'ok';
  readonly method: string;
  /** Rate of treatment minus rate of control. */
  readonly estimate: number;
  /** Unpooled: the root of the sum of p (1 - p) / n. 0 where each arm by itself is all events or none. */
  readonly standardError: number;
  readonly z: number;
  /** Two-sided p-value; 0 where it underflows, `log10P` then still holds. */
  readonly p: number;
  readonly log10P: number;
  readonly pGreater: number;
  readonly pLess: number;
  readonly level: number;
  readonly interval: Interval;
}

/** Every unit of both arms had the event, or none had: p is undefined, the score interval is not. */
export interface ProportionsAlike {
  readonly status: 'no_variance';
  readonly method: string;
  readonly estimate: number;
  readonly level: number;
  readonly interval: Interval;
}

export type ProportionDifference = ProportionTest | ProportionsAlike | NoUnits;

/**
 * Whether and by how much the rate of treatment differs from that of control: the score test with the interval of
 * Miettinen and Nurminen. The default for every yes-or-no metric.
 *
 * Input: per arm x events of n units. Output: {@link ProportionTest}; p is below 1 - level exactly when the interval
 * excludes 0. The interval lies in [-1, 1].
 * Error: interval relative 1e-9 for n from 1 to 1e9, p relative 1e-12, against mpmath's solution of the score equation.
 * Assumes: independent units, each counted once.
 * Edges: 0 events in one arm works (0/10000 against 50/10000: p 1.4e-12); all units alike: `no_variance` with a finite
 * interval; an arm without units: `insufficient`.
 * Source: Miettinen and Nurminen 1985, eq. 8-10, with N / (N - 1).
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * proportionDifference({ x: 48, n: 80 }, { x: 56, n: 70 }).interval; // { lower: 0.0528..., upper: 0.3381... }
 */
export function proportionDifference(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): ProportionDifference {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  return scoreDifference('score test, Miettinen–Nurminen interval', control, treatment, level, true);
}

/**
 * As {@link proportionDifference} without the factor N / (N - 1): the interval of Mee, the test by pooled z.
 *
 * Source: Mee 1984; Farrington and Manning 1990.
 * @throws RangeError as {@link proportionDifference}.
 * @example
 * meeDifference({ x: 48, n: 80 }, { x: 56, n: 70 }).interval; // { lower: 0.0533..., upper: 0.3377... }
 */
export function meeDifference(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): ProportionDifference {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  return missing ?? scoreDifference('pooled z, Mee interval', control, treatment, level, false);
}

function scoreDifference(
  method: string,
  control: Proportion,
  treatment: Proportion,
  level: number,
  finiteSample: boolean,
): ProportionTest | ProportionsAlike {
  const factor = finiteSample ? scoreFactor(control, treatment) : 1;
  const estimate = rateDifference(control, treatment);
  if (allAlike(control, treatment)) {
    const interval = scoreInterval(control, treatment, level, factor, false);
    return { status: 'no_variance', method, estimate, level, interval };
  }
  const test = zTest(nullScore(control, treatment, factor));
  const interval = scoreInterval(control, treatment, level, factor, test.p < 1 - level);
  const standardError = Math.sqrt(spread(control) / control.n + spread(treatment) / treatment.n);
  return { status: 'ok', method, estimate, standardError, ...test, level, interval };
}

/** The p-values that belong to a standard normal statistic. */
export function zTest(z: number): Pick<ProportionTest, 'z' | 'p' | 'log10P' | 'pGreater' | 'pLess'> {
  return { z, ...normalTwoSidedP(z), pGreater: Math.exp(normalLogSf(z)), pLess: Math.exp(normalLogSf(-z)) };
}

/**
 * All differences D with |z(D)| at most the critical value. Each limit is searched on its own side of 0, as the test
 * has decided, so that test and interval cannot disagree by rounding.
 */
function scoreInterval(
  control: Proportion,
  treatment: Proportion,
  level: number,
  factor: number,
  rejects: boolean,
): Interval {
  const estimate = rateDifference(control, treatment);
  const critical = normalUpperQuantile((1 - level) / 2);
  const excess = (sign: 1 | -1) => (difference: number) =>
    estimate - difference + sign * critical * Math.sqrt(differenceVariance(control, treatment, difference) * factor);
  const limit = (sign: 1 | -1): number => {
    if (estimate === sign) return sign;
    const nearZero = rejects ? estimate : sign * Math.max(0, sign * estimate);
    const far = rejects && sign * estimate < 0 ? 0 : sign;
    return findRoot(excess(sign), nearZero, far);
  };
  return { lower: limit(-1), upper: limit(1) };
}
