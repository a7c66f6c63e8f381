import { normalUpperQuantile } from '../distributions/normal.ts';
import type { Interval } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import {
  allAlike,
  missingUnits,
  type NoUnits,
  type Proportion,
  type ProportionOptions,
  rateDifference,
} from './proportion.ts';
import { zTest } from './proportion-difference.ts';
import { nullScore, ratioVariance, scoreFactor } from './score-statistic.ts';

/** The relative lift of a rate: treatment / control - 1. */
export interface ProportionLift {
  /** `no_variance`: all units of both arms had the event, or none had; p is then undefined. */
  readonly status: 'ok' | 'no_variance';
  readonly method: string;
  /** `null` where control has no events and the ratio is undefined. */
  readonly estimate: number | null;
  readonly z: number | null;
  readonly p: number | null;
  readonly log10P: number | null;
  readonly level: number;
  /** From -1 upwards; `upper` is `Infinity` where control has no events. */
  readonly interval: Interval;
}

/**
 * By how much, relative to control, the rate of treatment is higher: the score interval of the ratio, less 1.
 *
 * Input: per arm x events of n units. Output: {@link ProportionLift}; z and p are those of the difference of rates, so
 * the interval of the lift excludes 0 exactly when that of the difference does.
 * Error: interval relative 1e-9 for n from 1 to 1e9, against mpmath's solution of the score equation.
 * Assumes: independent units, each counted once.
 * Edges: no events in control: estimate `null`, upper end `Infinity`; none in either: the interval is [-1, Infinity].
 * Source: Koopman 1984; Miettinen and Nurminen 1985, eq. 11-13, with N / (N - 1).
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * proportionLift({ x: 1000, n: 20000 }, { x: 1100, n: 20000 }).estimate; // 0.1
 */
export function proportionLift(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): ProportionLift | NoUnits {
  const level = options.level ?? 0.95;
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  const factor = scoreFactor(control, treatment);
  const alike = allAlike(control, treatment);
  const test = alike ? { z: null, p: null, log10P: null } : zTest(nullScore(control, treatment, factor));
  const estimate = control.x === 0 ? null : rateDifference(control, treatment) / (control.x / control.n);
  const rejects = test.p !== null && test.p < 1 - level;
  return {
    status: alike ? 'no_variance' : 'ok',
    method: 'score test, Miettinen–Nurminen interval of the ratio',
    estimate,
    z: test.z,
    p: test.p,
    log10P: test.log10P,
    level,
    interval: liftInterval(control, treatment, level, factor, rejects),
  };
}

/** All lifts with |z| at most the critical value, each limit searched on its own side of 0 as the test has decided. */
function liftInterval(
  control: Proportion,
  treatment: Proportion,
  level: number,
  factor: number,
  rejects: boolean,
): Interval {
  const base = control.x / control.n;
  const difference = rateDifference(control, treatment);
  const critical = normalUpperQuantile((1 - level) / 2);
  const excess = (sign: 1 | -1) => (lift: number) =>
    difference - lift * base + sign * critical * Math.sqrt(ratioVariance(control, treatment, 1 + lift) * factor);
  const estimate = control.x === 0 ? Number.POSITIVE_INFINITY : difference / base;
  return {
    lower: treatment.x === 0 ? -1 : lowerLimit(excess(-1), estimate, rejects),
    upper: control.x === 0 ? Number.POSITIVE_INFINITY : upperLimit(excess(1), estimate, rejects),
  };
}

function lowerLimit(excess: (lift: number) => number, estimate: number, rejects: boolean): number {
  const outside = rejects && estimate > 0 ? 0 : -1;
  if (!rejects) return findRoot(excess, Math.min(0, estimate), outside);
  if (Number.isFinite(estimate)) return findRoot(excess, estimate, outside);
  let inside = 1;
  while (excess(inside) > 0 && inside < 1e300) inside *= 4;
  return findRoot(excess, inside, outside);
}

function upperLimit(excess: (lift: number) => number, estimate: number, rejects: boolean): number {
  const inside = rejects ? estimate : Math.max(0, estimate);
  if (rejects && estimate < 0) return findRoot(excess, inside, 0);
  let outside = 2 * inside + 1;
  while (excess(outside) > 0 && outside < 1e300) outside *= 4;
  return findRoot(excess, inside, outside);
}
