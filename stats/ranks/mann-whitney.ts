import { normalQuantile, normalTwoSidedP } from '../distributions/normal.ts';
import { type Interval, requireLevel } from '../domain.ts';
import { toLog10 } from '../special/log-space.ts';
import { medianDifference, pairwiseDifference } from './pairwise-differences.ts';
import { countValues, missingValues, type RankCounts, rankCounts, type ValueCount } from './rank-counts.ts';
import { arrangements, exactLogRankP, logChoose } from './rank-sum-distribution.ts';

/** P-values of a rank test. */
export interface RankP {
  /** Two-sided. */
  readonly p: number;
  readonly log10P: number;
}

export interface ExactRankP extends RankP {
  readonly pGreater: number;
  readonly pLess: number;
}

/** An interval of the shift between two samples, from their differences in order. */
export interface ShiftInterval extends Interval {
  /** The level it has; below `level` where the samples are too small for that. */
  readonly achievedLevel: number;
}

export interface MannWhitney {
  readonly status: 'ok';
  readonly method: 'Mann–Whitney, exact' | 'Mann–Whitney, normal';
  /** Pairs with treatment above control, ties counting a half. */
  readonly u: number;
  /** Chance that a value of treatment is above one of control, ties counting a half: u / pairs. */
  readonly superiority: number;
  /** Cliff's delta: 2 superiority - 1, from -1 to 1. */
  readonly cliffsDelta: number;
  /** Mean of u if both samples have one distribution, and its standard deviation with these ties. */
  readonly mean: number;
  readonly standardDeviation: number;
  readonly z: number;
  /** The p to decide by: exact where it was computed, otherwise the normal one with continuity correction. */
  readonly p: number;
  readonly log10P: number;
  /** By the normal approximation, without and with continuity correction. */
  readonly normal: RankP;
  readonly corrected: RankP;
  /** Given the ties; `null` where there is too much to count. */
  readonly exact: ExactRankP | null;
  /** Hodges and Lehmann's shift: the median of all differences treatment - control. */
  readonly shift: number;
  readonly level: number;
  /** `null` with ties or where there is too much to count. */
  readonly interval: ShiftInterval | null;
  /** The interval of the shift with ranks from the normal approximation of u, given the ties. */
  readonly approximateInterval: Interval;
}

/** All values are equal: there are no ranks to compare. */
export interface AllTied {
  readonly status: 'no_variance';
  readonly u: number;
  readonly mean: number;
  readonly superiority: 0.5;
  readonly cliffsDelta: 0;
  readonly shift: 0;
}

export interface TooFewValues {
  readonly status: 'insufficient';
  readonly missing: string;
}

/**
 * Whether values of treatment tend to be above those of control, by ranks alone: for heavy tails, and canaries with few
 * points.
 *
 * Input: both samples, finite numbers, in any order. Output: {@link MannWhitney}.
 * Error: relative 1e-12 for all p, also far out (R's wilcox.test and exactRankTests; enumeration of all arrangements).
 * Assumes: independent values; for the shift and its interval, distributions of one shape. Unequal spread makes p wrong:
 * see `brunnerMunzel`.
 * Edges: all values equal: `no_variance`; an empty sample: `insufficient`. 3 against 3 never reach p = 0.05: the smallest
 * is 0.1, and `achievedLevel` says 0.9. Exact p without ties up to 1000 values, with ties up to some 60 a sample.
 * Source: Mann and Whitney 1947; Hodges and Lehmann 1963; the interval's ranks as R's wilcox.test takes them.
 * @throws RangeError if a value is not finite or the level outside (0, 1).
 * @example
 * mannWhitney([1, 2, 3], [4, 5, 6]).exact.p; // 0.1
 */
export function mannWhitney(
  control: readonly number[],
  treatment: readonly number[],
  options: { level?: number } = {},
): MannWhitney | AllTied | TooFewValues {
  return mannWhitneyOfCounts(countValues(control, treatment), options);
}

/**
 * `mannWhitney` of samples given as counts of their distinct values, as they come from a histogram.
 *
 * Input: {@link ValueCount}, distinct values in any order; counts of 0 are allowed. Otherwise as `mannWhitney`; the
 * cost is that of the distinct values.
 * @throws RangeError if a value is not finite or occurs twice, a count is not whole or the level outside (0, 1).
 * @example
 * mannWhitneyOfCounts([
 *   { value: 0, control: 5, treatment: 3 },
 *   { value: 1, control: 2, treatment: 4 },
 * ]).u; // 31.5
 */
export function mannWhitneyOfCounts(
  given: readonly ValueCount[],
  options: { level?: number } = {},
): MannWhitney | AllTied | TooFewValues {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const counts = rankCounts(given);
  const { nA, nB, twiceU } = counts;
  const missing = missingValues(nA, nB, 1);
  if (missing) return { status: 'insufficient', missing };
  const pairs = nA * nB;
  if (counts.values.length === 1) {
    return { status: 'no_variance', u: pairs / 2, mean: pairs / 2, superiority: 0.5, cliffsDelta: 0, shift: 0 };
  }
  const approximate = normalTest(counts);
  const logs = exactLogRankP(counts);
  const exact = logs && {
    p: Math.exp(logs.twoSided),
    log10P: toLog10(logs.twoSided),
    pGreater: Math.exp(logs.greater),
    pLess: Math.exp(logs.less),
  };
  const { p, log10P } = exact ?? approximate.corrected;
  return {
    status: 'ok',
    method: exact ? 'Mann–Whitney, exact' : 'Mann–Whitney, normal',
    u: twiceU / 2,
    superiority: twiceU / 2 / pairs,
    cliffsDelta: (twiceU - pairs) / pairs,
    mean: pairs / 2,
    ...approximate,
    p,
    log10P,
    exact,
    shift: medianDifference(counts),
    level,
    interval: counts.tieSum === 0 ? shiftInterval(counts, level) : null,
    approximateInterval: approximateShift(counts, approximate.standardDeviation, level),
  };
}

function normalTest({
  nA,
  nB,
  twiceU,
  tieSum,
}: RankCounts): Pick<MannWhitney, 'standardDeviation' | 'z' | 'normal' | 'corrected'> {
  const units = nA + nB;
  const pairs = nA * nB;
  const standardDeviation = Math.sqrt((pairs / 12) * (units + 1 - tieSum / (units * (units - 1))));
  const distance = (twiceU - pairs) / 2;
  const z = distance / standardDeviation;
  const corrected = Math.max(0, Math.abs(distance) - 0.5) / standardDeviation;
  return { standardDeviation, z, normal: normalTwoSidedP(z), corrected: normalTwoSidedP(corrected) };
}

/** Rounding of the level, as R allows for it in the quantiles of U. */
const SLACK = 10 * Number.EPSILON;

/** The differences whose ranks from both ends are the quantile of U; the outermost where it would be 0. */
function shiftInterval(samples: RankCounts, level: number): ShiftInterval | null {
  const { nA, nB } = samples;
  const pairs = nA * nB;
  const tail = (1 - level) / 2;
  const units = nA + nB;
  // far enough for the quantile, with room to spare
  const spread = Math.sqrt((pairs / 12) * (units + 1));
  const guess = Math.ceil(pairs / 2 + Math.min(0, normalQuantile(tail)) * spread + 2 * Math.sqrt(spread) + 3);
  const counts = arrangements(nA, nB, Math.max(0, Math.min(Math.floor(pairs / 2), guess)));
  if (!counts) return null;
  const all = logChoose(units, nB);
  let rank = 0;
  let below = 0;
  let upTo = Math.exp(Math.log(counts[0]!) - all);
  while (upTo < tail - SLACK && rank + 1 < counts.length) {
    rank += 1;
    below = upTo;
    upTo += Math.exp(Math.log(counts[rank]!) - all);
  }
  const left = rank === 0 ? upTo : below;
  const from = Math.max(1, rank);
  return {
    lower: pairwiseDifference(samples, from),
    upper: pairwiseDifference(samples, pairs + 1 - from),
    achievedLevel: Math.max(0, 1 - 2 * left),
  };
}

/** The differences whose ranks lie the critical value's standard deviations from the middle, rounded outwards. */
function approximateShift(samples: RankCounts, standardDeviation: number, level: number): Interval {
  const pairs = samples.nA * samples.nB;
  const distance = -normalQuantile((1 - level) / 2) * standardDeviation;
  const from = Math.min(pairs, Math.max(1, Math.floor(pairs / 2 - distance)));
  const to = pairs + 1 - from;
  return {
    lower: pairwiseDifference(samples, Math.min(from, to)),
    upper: pairwiseDifference(samples, Math.max(from, to)),
  };
}
