import type { Interval } from '../domain.ts';
import { type Hypothesis, largestChance } from './extreme-tables.ts';
import { outerLimit } from './outer-limit.ts';
import { type PlausibleTables, plausibleTables } from './plausible-tables.ts';
import { missingUnits, type NoUnits, type Proportion, type ProportionOptions, rateDifference } from './proportion.ts';
import { proportionDifference } from './proportion-difference.ts';
import { proportionLift } from './proportion-lift.ts';
import { differenceVariance, ratioVariance } from './score-statistic.ts';
import type { TooManyTables } from './unconditional-exact.ts';

/** An exact test of two rates with the interval that belongs to it. */
export interface UnconditionalInterval {
  readonly status: 'ok';
  readonly method: string;
  /** Difference of rates, or lift; `null` for the lift where control has no events. */
  readonly estimate: number | null;
  /** Two-sided p-value of "no difference"; at least 1e-10 where `rates` is `plausible`. */
  readonly p: number;
  readonly log10P: number;
  readonly level: number;
  readonly interval: Interval;
  /** `all`: every rate and table counts. `plausible`: those in a confidence set of level 1 - 1e-10, which p includes. */
  readonly rates: 'all' | 'plausible';
}

const METHOD = 'exact unconditional test on the score statistic';

/**
 * Whether and by how much the rate of treatment differs from that of control, exactly: for expected counts below 5,
 * also 2 of 10000 against 9 of 10000.
 *
 * Input: per arm x events of n units. Output: {@link UnconditionalInterval}; the interval holds the differences that the
 * two-sided exact test keeps; p is below 1 - level exactly when it excludes 0. p is that of `unconditionalExactTest`
 * by score where every rate counts.
 * Error: limits 1e-7 of their distance to the estimate; the maximum over the rate by a grid of 200 and golden sections.
 * Assumes: independent units.
 * Edges: all units alike: p = 1 with a finite interval. `too_large` above about 1500 events (and non-events) per arm,
 * where the score interval needs no help; an arm without units: `insufficient`. 0.05 to 1.2 s.
 * Source: Agresti and Min 2001 (inversion of the two-sided test); Berger and Boos 1994 for more than 100,000 tables.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * unconditionalExactDifference({ x: 1, n: 10 }, { x: 7, n: 10 }).p; // 0.00795...
 */
export function unconditionalExactDifference(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): UnconditionalInterval | TooManyTables | NoUnits {
  return inverted(control, treatment, options.level ?? 0.95, ({ tables, level, limitOf }) => {
    const estimate = rateDifference(control, treatment);
    const score = proportionDifference(control, treatment, { level });
    const near = 'interval' in score ? score.interval : { lower: -1, upper: 1 };
    const hypothesis = (at: number) => differenceHypothesis(control, treatment, tables, at);
    const { p, limit } = limitOf({ hypothesis, estimate, near, far: { lower: -1, upper: 1 } });
    return { estimate, p, interval: { lower: limit(-1), upper: limit(1) } };
  });
}

/**
 * As {@link unconditionalExactDifference} for the relative lift, treatment / control - 1; p is the same, so that both
 * intervals exclude 0 together.
 *
 * Output: the interval is within [-1, Infinity]. Error: limits of 1 + lift to 1e-7.
 * Edges: no events in control: estimate `null`, upper end `Infinity`; none in treatment: lower end -1.
 * Source: the score statistic of Koopman 1984 in place of that of the difference.
 * @throws RangeError as {@link unconditionalExactDifference}.
 * @example
 * unconditionalExactLift({ x: 2, n: 10000 }, { x: 9, n: 10000 }).estimate; // 3.5
 */
export function unconditionalExactLift(
  control: Proportion,
  treatment: Proportion,
  options: ProportionOptions = {},
): UnconditionalInterval | TooManyTables | NoUnits {
  return inverted(control, treatment, options.level ?? 0.95, ({ tables, level, limitOf }) => {
    const estimate =
      control.x === 0 ? Number.POSITIVE_INFINITY : rateDifference(control, treatment) / (control.x / control.n);
    const score = proportionLift(control, treatment, { level });
    const near = 'interval' in score ? score.interval : { lower: -1, upper: Number.POSITIVE_INFINITY };
    const { p, limit } = limitOf({
      hypothesis: (at) => ratioHypothesis(control, treatment, tables, Math.exp(at)),
      estimate: Math.log1p(estimate),
      near: { lower: Math.log1p(near.lower), upper: Math.log1p(near.upper) },
      far: { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY },
    });
    const lower = treatment.x === 0 ? -1 : Math.expm1(limit(-1));
    return { estimate: control.x === 0 ? null : estimate, p, interval: { lower, upper: Math.expm1(limit(1)) } };
  });
}

/** A parameter that is 0 where both rates are equal: which tables each of its values makes likely, and where limits lie. */
interface Axis {
  readonly hypothesis: (at: number) => Hypothesis;
  readonly estimate: number;
  readonly near: Interval;
  readonly far: Interval;
}

interface Inversion {
  readonly tables: PlausibleTables;
  readonly level: number;
  readonly limitOf: (axis: Axis) => { p: number; limit: (sign: 1 | -1) => number };
}

/** The test at 0 and the limits that it does not reject, along the axis that `answer` chooses. */
function inverted(
  control: Proportion,
  treatment: Proportion,
  level: number,
  answer: (inversion: Inversion) => Pick<UnconditionalInterval, 'estimate' | 'p' | 'interval'>,
): UnconditionalInterval | TooManyTables | NoUnits {
  const missing = missingUnits(control, treatment, level);
  if (missing) return missing;
  const tables = plausibleTables(control, treatment);
  if (!tables) return { status: 'too_large' };
  const limitOf = ({ hypothesis, estimate, near, far }: Axis) => {
    const chance = (at: number, enough?: number): number =>
      largestChance(control, treatment, tables, hypothesis(at), enough);
    const p = chance(0);
    const keeps = (at: number): boolean => chance(at, 1 - level) >= 1 - level;
    const limit = (sign: 1 | -1): number => {
      const side = sign > 0 ? 'upper' : 'lower';
      const ends = { near: near[side], far: far[side] };
      return estimate === ends.far
        ? ends.far
        : outerLimit({ keeps, sign, estimate, ...ends, nullValue: 0, rejects: p < 1 - level });
    };
    return { p, limit };
  };
  const found = answer({ tables, level, limitOf });
  const rates = tables.leftOut === 0 ? 'all' : 'plausible';
  return { status: 'ok', method: METHOD, ...found, log10P: Math.log10(found.p) || 0, level, rates };
}

/** distance / sqrt(variance); 0 for 0 / 0. */
function standardised(distance: number, variance: number): number {
  return distance === 0 ? 0 : distance / Math.sqrt(variance);
}

/** The rate of treatment is `difference` above that of control. */
function differenceHypothesis(
  control: Proportion,
  treatment: Proportion,
  { rateA, rateB }: PlausibleTables,
  difference: number,
): Hypothesis {
  return {
    statistic: (a, b) => {
      const [armA, armB] = [
        { x: a, n: control.n },
        { x: b, n: treatment.n },
      ];
      return standardised(rateDifference(armA, armB) - difference, differenceVariance(armA, armB, difference));
    },
    from: Math.max(rateA.lower, rateB.lower - difference),
    to: Math.min(rateA.upper, rateB.upper - difference),
    rateB: (rate) => Math.min(1, Math.max(0, rate + difference)),
  };
}

/** The rate of treatment is `ratio` times that of control. */
function ratioHypothesis(
  control: Proportion,
  treatment: Proportion,
  { rateA, rateB }: PlausibleTables,
  ratio: number,
): Hypothesis {
  return {
    statistic: (a, b) => {
      const [armA, armB] = [
        { x: a, n: control.n },
        { x: b, n: treatment.n },
      ];
      const distance = rateDifference(armA, armB) - (ratio - 1) * (a / control.n);
      return standardised(distance, ratioVariance(armA, armB, ratio));
    },
    from: Math.max(rateA.lower, rateB.lower / ratio),
    to: Math.min(rateA.upper, rateB.upper / ratio),
    rateB: (rate) => Math.min(1, rate * ratio),
  };
}
