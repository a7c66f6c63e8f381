import { normalUpperQuantile } from '../distributions/normal.ts';
import { studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireLevel, requireNonNegative } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { type LoggedRound, readRounds, type Term } from './logged-round.ts';

/** An estimated value of the policy per decision. */
export interface PolicyValue {
  readonly estimate: number;
  /** Clustered by unit; `null` with a single unit. */
  readonly standardError: number | null;
  /** By Student's t with units - 1 degrees of freedom. */
  readonly interval: Interval | null;
  readonly intervalNormal: Interval | null;
}

/** How far the logged decisions overlap with the policy. */
export interface Overlap {
  readonly rounds: number;
  readonly units: number;
  readonly meanWeight: number;
  readonly maxWeight: number;
  /** (sum of weights)^2 / sum of squared weights, weights summed per unit: independent units this is worth. */
  readonly effectiveUnits: number;
}

export interface OffPolicy extends Overlap {
  readonly status: 'ok';
  /** Inverse propensity: unbiased, but the choice of a zero for the reward matters. */
  readonly ips: PolicyValue;
  /** Self-normalised: a shift of all rewards shifts it by as much. */
  readonly snips: PolicyValue;
  /** The reward model alone: as good as the model. */
  readonly direct: PolicyValue;
  /** Doubly robust: the model, corrected by what it missed. The default. */
  readonly doublyRobust: PolicyValue;
  /** Doubly robust with self-normalised weights. */
  readonly selfNormalisedDoublyRobust: number;
}

/** Too little overlap for an answer. */
export interface TooLittleOverlap extends NotEnough, Overlap {}

export interface OffPolicyOptions {
  readonly level?: number;
  /** Refused below this many effective units; 100 by default. */
  readonly minEffectiveUnits?: number;
}

/**
 * What a policy would have earned per decision, estimated from the decisions of another one.
 *
 * Input: {@link LoggedRound}s with the propensity of each decision; the policy must have been fixed before the rewards
 * were seen, and so must the reward model (or be fitted on other rounds). Output: {@link OffPolicy}, or
 * `insufficient` where the effective sample is below the limit.
 * Error: relative 1e-14 on exact rationals.
 * Assumes: true propensities, every action of the policy possible in the log, independent units.
 * Edges: no overlap at all (every weight 0) is `insufficient` whatever the limit: an estimate of 0 is no answer.
 * Source: Dudik, Erhan, Langford, Li 2014; Swaminathan and Joachims 2015 (SNIPS); Kish 1965 (effective size).
 * @throws RangeError if there are no rounds or one is out of its domain.
 * @example
 * const log = [0, 1].map((reward) => ({ action: reward, reward, propensity: 0.5, target: [0.2, 0.8] }));
 * offPolicyValue(log, { minEffectiveUnits: 0 }); // { status: 'ok', snips: { estimate: 0.8, ... }, ... }
 */
export function offPolicyValue(
  log: readonly LoggedRound[],
  options: OffPolicyOptions = {},
): OffPolicy | TooLittleOverlap {
  const level = options.level ?? 0.95;
  const limit = options.minEffectiveUnits ?? 100;
  requireLevel(level);
  requireNonNegative('minEffectiveUnits', limit);
  const { terms, units, unitCount } = readRounds(log);
  const overlap = overlapOf(terms, units, unitCount);
  if (overlap.effectiveUnits === 0 || overlap.effectiveUnits < limit) {
    const found = overlap.effectiveUnits.toFixed(1);
    const missing =
      overlap.effectiveUnits === 0
        ? 'the log holds no decision of this policy'
        : `${limit} effective units, found ${found}`;
    return { status: 'insufficient', missing, ...overlap };
  }
  const value = (of: (term: Term) => number): PolicyValue => clusteredMean(terms.map(of), units, unitCount, level);
  const sumOfWeights = overlap.meanWeight * terms.length;
  const snips = terms.reduce((sum, term) => sum + term.weight * term.reward, 0) / sumOfWeights;
  const direct = value((term) => term.direct);
  const correction = terms.reduce((sum, term) => sum + term.weight * term.residual, 0) / sumOfWeights;
  return {
    status: 'ok',
    ...overlap,
    ips: value((term) => term.weight * term.reward),
    snips: shifted(
      value((term) => (term.weight * (term.reward - snips)) / overlap.meanWeight),
      snips,
    ),
    direct,
    doublyRobust: value((term) => term.direct + term.weight * term.residual),
    selfNormalisedDoublyRobust: direct.estimate + correction,
  };
}

function overlapOf(terms: readonly Term[], units: readonly number[], unitCount: number): Overlap {
  const perUnit = new Float64Array(unitCount);
  terms.forEach((term, index) => {
    perUnit[units[index]!]! += term.weight;
  });
  const sum = terms.reduce((total, term) => total + term.weight, 0);
  const squares = perUnit.reduce((total, weight) => total + weight * weight, 0);
  return {
    rounds: terms.length,
    units: unitCount,
    meanWeight: sum / terms.length,
    maxWeight: terms.reduce((top, term) => Math.max(top, term.weight), 0),
    effectiveUnits: squares === 0 ? 0 : (sum / squares) * sum,
  };
}

/** The mean of the terms; its error from the sums of their deviations per unit. */
function clusteredMean(
  values: readonly number[],
  units: readonly number[],
  unitCount: number,
  level: number,
): PolicyValue {
  const n = values.length;
  const estimate = values.reduce((sum, value) => sum + value, 0) / n;
  if (unitCount < 2) return { estimate, standardError: null, interval: null, intervalNormal: null };
  const deviations = new Float64Array(unitCount);
  values.forEach((value, index) => {
    deviations[units[index]!]! += value - estimate;
  });
  const squares = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0);
  const standardError = Math.sqrt((squares * unitCount) / (unitCount - 1)) / n;
  const tail = (1 - level) / 2;
  return {
    estimate,
    standardError,
    interval: around(estimate, studentTUpperQuantile(tail, unitCount - 1) * standardError),
    intervalNormal: around(estimate, normalUpperQuantile(tail) * standardError),
  };
}

function around(estimate: number, halfWidth: number): Interval {
  return { lower: estimate - halfWidth, upper: estimate + halfWidth };
}

/** The same errors round another estimate: the terms of a ratio are centred on 0. */
function shifted(value: PolicyValue, by: number): PolicyValue {
  const move = (interval: Interval | null): Interval | null =>
    interval && { lower: interval.lower + by, upper: interval.upper + by };
  return { ...value, estimate: by, interval: move(value.interval), intervalNormal: move(value.intervalNormal) };
}
