import { type Interval, requireLevel } from '../domain.ts';
import { type Proportion, type ProportionOptions, requireProportion } from '../proportions/proportion.ts';
import { digamma } from '../special/digamma.ts';
import { findRoot } from '../special/find-root.ts';
import { priorTrials, type TrialTuning } from './bernoulli-sequence.ts';
import { betaBinomialLogE } from './beta-binomial-e-value.ts';
import { pOfLogE } from './normal-mixture.ts';

/** What two arms of a yes-or-no metric say so far, at any number of looks. */
export interface BernoulliDifference {
  /** Natural logarithm of the evidence against equal rates. */
  readonly logE: number;
  /** min(1, 1 / e) at this look; over looks see `alwaysValidP`. */
  readonly p: number;
  readonly log10P: number;
  /** Of treatment rate - control rate, within [-1, 1]. */
  readonly interval: Interval;
  /** Of treatment rate / control rate - 1, from -1; its upper end is `Infinity` where the control's rate may be 0. */
  readonly lift: Interval;
}

/**
 * The always-valid comparison of two rates: exact at any sample size, so also with a handful of events.
 *
 * Input: events of units, per arm; tuning in units of one arm; level (0.95). Output: {@link BernoulliDifference}; p is below
 * 1 - level exactly when the interval excludes 0, and exactly when the lift does.
 * Error: log e relative 1e-12, the evidence at both ends 1e-11 (golden sections, up to 1e6 units an arm).
 * Assumes: independent units, one rate an arm, tuning fixed before the first look. The interval errs at any look with a
 * probability of at most 1 - level, whatever the order in which units come.
 * Edges: an arm without units says nothing: p is 1. The lift has no upper end while a control with at most one event is
 * no evidence against a rate of 0; it is [-1, Infinity) while both rates may be 0.
 * Source: Robbins 1970; Howard et al. 2021 (beta-binomial mixture with mean p, as {@link bernoulliSequence}). The product of
 * both arms' e-values tests a pair of rates; against a difference stands its least value over all pairs with that
 * difference. Its logarithm is a sum of ln(r + k / p) and ln(r + k / (1 - p)), r the prior's trials: convex in both rates.
 * @throws RangeError if a count is not whole or events exceed units, tunedTo is not above 0, or the level not in (0, 1).
 * @example
 * bernoulliDifference({ x: 0, n: 50 }, { x: 25, n: 50 }, { tunedTo: 200 }).log10P; // -4.79163...
 */
export function bernoulliDifference(
  control: Proportion,
  treatment: Proportion,
  tuning: TrialTuning,
  { level = 0.95 }: ProportionOptions = {},
): BernoulliDifference {
  requireProportion('control', control);
  requireProportion('treatment', treatment);
  requireLevel(level);
  const prior = priorTrials(tuning);
  const [a, b] = [armOf(control, prior), armOf(treatment, prior)];
  const logE = leastAtDifference(a, b, 0);
  const threshold = -Math.log(1 - level);
  const excluded = logE > threshold;
  const differences = setOf(
    (difference) => leastAtDifference(a, b, difference) - threshold,
    { from: -1, equal: 0, to: 1, best: b.best - a.best },
    excluded,
  );
  const sum = a.best + b.best;
  const parts = setOf(
    (part) => leastAtPart(a, b, part) - threshold,
    { from: 0, equal: 0.5, to: 1, best: sum === 0 ? 0.5 : b.best / sum },
    excluded,
  );
  const lift = { lower: liftOf(parts.lower), upper: liftOf(parts.upper) };
  return { logE, ...pOfLogE(logE), interval: differences, lift };
}

interface ArmEvidence {
  /** A rate that the arm gives the least evidence against. */
  readonly best: number;
  /** Logarithm of the e-value against a rate; at 0 and 1 its limit, which is what a least value needs. */
  readonly at: (p: number) => number;
  readonly slope: (p: number) => number;
}

function armOf({ x, n }: Proportion, prior: number): ArmEvidence {
  const failures = n - x;
  const atEnd = (rare: number) => (rare > 1 ? Number.POSITIVE_INFINITY : rare === 0 ? 0 : -Math.log1p((n - 1) / prior));
  const at = (p: number): number => {
    if (p === 0) return atEnd(x);
    if (p === 1) return atEnd(failures);
    return betaBinomialLogE(x, failures, p, 1 - p, prior * p, prior * (1 - p));
  };
  const slope = (p: number) => pull(failures, 1 - p, prior) - pull(x, p, prior);
  return { best: flattest(x, failures, slope), at, slope };
}

/** Sum over k < count of 1/p - 1/(p + k/prior): how fast the evidence of these events falls as p rises. */
function pull(count: number, p: number, prior: number): number {
  if (count <= 1) return 0;
  return (count - 1) / p - prior * (digamma(prior * p + count) - digamma(prior * p + 1));
}

/** At most one event, or non-event, leaves one side without a pull. */
function flattest(x: number, failures: number, slope: (p: number) => number): number {
  if (x <= 1 && failures <= 1) return (x + 0.5) / (x + failures + 1);
  if (x <= 1) return 0;
  return failures <= 1 ? 1 : findRoot(slope, x / (x + failures), slope(x / (x + failures)) > 0 ? 0 : 1);
}

/** The least evidence against pairs of rates (p, p + difference). */
function leastAtDifference(a: ArmEvidence, b: ArmEvidence, difference: number): number {
  const within = (p: number) => Math.min(Math.min(1, 1 - difference), Math.max(0, -difference, p));
  const other = (p: number) => Math.min(1, Math.max(0, p + difference));
  return leastBetween(
    within(a.best),
    within(b.best - difference),
    (p) => a.at(p) + b.at(other(p)),
    (p) => a.slope(p) + b.slope(other(p)),
  );
}

/** The least evidence against pairs of rates of which the treatment's is this part of their sum: both are on a ray from 0. */
function leastAtPart(a: ArmEvidence, b: ArmEvidence, part: number): number {
  const rest = 1 - part;
  if (part === 0) return a.at(a.best) + b.at(0);
  if (rest === 0) return a.at(0) + b.at(b.best);
  const longest = 1 / Math.max(part, rest);
  return leastBetween(
    Math.min(longest, a.best / rest),
    Math.min(longest, b.best / part),
    (t) => a.at(Math.min(1, rest * t)) + b.at(Math.min(1, part * t)),
    (t) => rest * a.slope(Math.min(1, rest * t)) + part * b.slope(Math.min(1, part * t)),
  );
}

/** A sum of two convex functions is least between the points where each of them is. */
function leastBetween(one: number, two: number, at: (x: number) => number, slope: (x: number) => number): number {
  const ends = Math.min(at(one), at(two));
  return one === two ? ends : Math.min(ends, at(findRoot(slope, one, two)));
}

interface Range {
  readonly from: number;
  /** Where both rates are equal; when it is excluded, it lies between the best value and one of the ends. */
  readonly equal: number;
  readonly to: number;
  /** Where the evidence is least. */
  readonly best: number;
}

/** The values that are not excluded: an interval, as evidence falls towards the best one and rises after it. */
function setOf(excess: (value: number) => number, { from, equal, to, best }: Range, excluded: boolean): Interval {
  const end = (outermost: number, equalFirst: boolean) => {
    if (excluded && equalFirst) return findRoot(excess, best, equal);
    return excess(outermost) <= 0 ? outermost : findRoot(excess, excluded ? best : equal, outermost);
  };
  return { lower: end(from, equal < best), upper: end(to, equal > best) };
}

function liftOf(part: number): number {
  return part === 1 ? Number.POSITIVE_INFINITY : (2 * part - 1) / (1 - part);
}
