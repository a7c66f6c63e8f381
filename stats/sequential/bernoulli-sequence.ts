import {
  type Interval,
  requireCount,
  requireErrorRate,
  requireLevel,
  requireNotEmpty,
  requireNumber,
  requirePositive,
} from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { betaBinomialLogE } from './beta-binomial-e-value.ts';
import { bestMixtureRatio, pOfLogE } from './normal-mixture.ts';

export interface TrialTuning {
  /** Trials at which the band is to be narrowest; fixed before the first look. */
  readonly tunedTo: number;
  /** Error probability at which it is; 0.05 by default. */
  readonly alphaOpt?: number;
}

/** Trials that the prior is worth. */
export function priorTrials({ tunedTo, alphaOpt = 0.05 }: TrialTuning): number {
  requirePositive('tunedTo', tunedTo);
  requireErrorRate('alphaOpt', alphaOpt);
  return Math.max(tunedTo / bestMixtureRatio(alphaOpt) - 1, 1e-3);
}

/**
 * The confidence sequence of one rate: covers it at all looks together, exactly, at any sample size.
 *
 * Input: successes of trials, tuning, level (0.95). Output: an interval within [0, 1]; all of it without trials.
 * Error: relative 1e-11. Assumes: trials with one success probability.
 * Source: Howard et al. 2021 (beta-binomial mixture with mean p), each p tested by its own e-process, as confseq.
 * @throws RangeError if a count is not whole or successes exceed trials, tunedTo is not above 0, or the level not in (0, 1).
 * @example
 * bernoulliSequence(50, 100, { tunedTo: 1000 }); // { lower: 0.31607..., upper: 0.68392... }
 */
export function bernoulliSequence(successes: number, trials: number, tuning: TrialTuning, level = 0.95): Interval {
  requireCount('successes', successes);
  requireCount('trials', trials);
  if (successes > trials) throw new RangeError(`successes must be at most ${trials} (trials), got ${successes}`);
  requireLevel(level);
  const prior = priorTrials(tuning);
  if (trials === 0) return { lower: 0, upper: 1 };
  const threshold = -Math.log(1 - level);
  const failures = trials - successes;
  // at the ends of (0, 1) evidence is without bound, or least where all trials were alike
  const excess = (end: number) => (p: number) =>
    p === end ? 1 : evidenceAgainst(p, successes, failures, prior) - threshold;
  const rate = successes / trials;
  return {
    lower: successes === 0 ? 0 : findRoot(excess(0), rate, 0),
    upper: failures === 0 ? 1 : findRoot(excess(1), rate, 1),
  };
}

function evidenceAgainst(p: number, successes: number, failures: number, prior: number): number {
  if (p === 0 || p === 1) return Number.NEGATIVE_INFINITY;
  return betaBinomialLogE(successes, failures, p, 1 - p, prior * p, prior * (1 - p));
}

/** Whether two arms can have the same quantile. */
export interface QuantileEvidence {
  /** Natural logarithm of a lower bound of the evidence against equal quantiles. */
  readonly logE: number;
  readonly p: number;
  readonly log10P: number;
}

/**
 * The always-valid test that two arms have the same quantile, without any assumption on their distributions.
 *
 * Input: the values of both arms so far (in any order), the quantile's probability, tuning in units of one arm.
 * Output: {@link QuantileEvidence}; p stays valid at all looks together (keep its running minimum).
 * Error: relative 1e-9. Cost: sorting both arms. Assumes: independent values.
 * Source: Howard and Ramdas 2022, section 5: the least, over x, of the sum of both arms' evidence against "x is the quantile".
 * @throws RangeError if an arm is empty or holds a NaN, or the probability is not between 0 and 1.
 * @example
 * quantileEvidence([1, 2, 3], [7, 8, 9], 0.5, { tunedTo: 100 }).p; // 0.91014...
 */
export function quantileEvidence(
  control: readonly number[],
  treatment: readonly number[],
  probability: number,
  tuning: TrialTuning,
): QuantileEvidence {
  requireNotEmpty('control', control);
  requireNotEmpty('treatment', treatment);
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`probability must be between 0 and 1, got ${String(probability)}`);
  }
  const prior = priorTrials(tuning);
  const a = armEvidence('control', control, probability, prior);
  const b = armEvidence('treatment', treatment, probability, prior);
  // between both arms' own quantiles one arm's evidence only rises and the other's falls by steps at its values
  const [low, high] = a.centre <= b.centre ? [a, b] : [b, a];
  const steps = high.sorted.filter((x) => x >= low.centre && x <= high.centre);
  const logE = Math.min(
    ...[low.centre, high.centre].map((x) => a.at(x) + b.at(x)),
    least(steps, (x) => a.at(x) + b.at(x)),
  );
  return { logE, ...pOfLogE(logE) };
}

function least(values: readonly number[], f: (x: number) => number): number {
  return values.reduce((best, x) => Math.min(best, f(x)), Number.POSITIVE_INFINITY);
}

interface ArmEvidence {
  readonly sorted: readonly number[];
  /** A value that this arm gives the least evidence against. */
  readonly centre: number;
  readonly at: (x: number) => number;
}

function armEvidence(name: string, values: readonly number[], probability: number, prior: number): ArmEvidence {
  values.forEach((value, i) => {
    requireNumber(`${name}[${i}]`, value);
  });
  const sorted = [...values].sort((x, y) => x - y);
  const n = sorted.length;
  const evidence = (below: number): number =>
    betaBinomialLogE(below, n - below, probability, 1 - probability, prior * probability, prior * (1 - probability));
  const best = flattest(evidence, n);
  const centre = sorted[Math.min(n - 1, Math.floor(best))]!;
  const at = (x: number): number => {
    const atMost = countBelow(sorted, x, true);
    if (atMost < best) return evidence(atMost);
    const less = countBelow(sorted, x, false);
    return less > best ? evidence(less) : evidence(best);
  };
  return { sorted, centre, at };
}

/** The count, not necessarily whole, at which convex evidence is least. */
function flattest(evidence: (below: number) => number, n: number): number {
  const width = n * 1e-6;
  const slope = (x: number): number => evidence(Math.min(n, x + width)) - evidence(Math.max(0, x - width));
  return slope(0) >= 0 ? 0 : slope(n) <= 0 ? n : findRoot(slope, 0, n);
}

function countBelow(sorted: readonly number[], x: number, included: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const below = included ? sorted[middle]! <= x : sorted[middle]! < x;
    if (below) low = middle + 1;
    else high = middle;
  }
  return low;
}
