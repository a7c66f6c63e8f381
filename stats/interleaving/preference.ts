import { normalTwoSidedP } from '../distributions/normal.ts';
import { requireCount, requireFinite, requireLevel, requireNotEmpty } from '../domain.ts';
import type { MeanDifference } from '../means/mean-difference.ts';
import { meanTest, type NotEnough } from '../means/mean-test.ts';
import { type Moments, momentsOf, requireMoments } from '../moments.ts';
import { logBinomialPmf } from '../special/log-mass.ts';
import { toLog10 } from '../special/log-space.ts';
import { exactLogP } from '../special/point-probability.ts';

/** Comparisons won by control and by treatment, and ties. */
export interface Outcomes {
  readonly winsControl: number;
  readonly winsTreatment: number;
  readonly ties: number;
}

export interface SignTest extends Outcomes {
  readonly status: 'ok';
  /** (wins of treatment + ties / 2) / all - 1/2, from -0.5 to 0.5. */
  readonly delta: number;
  /** Share of treatment among wins and losses; `null`, like z and p, where all are ties. */
  readonly winRate: number | null;
  /** Exact two-sided binomial p of wins against losses. */
  readonly p: number | null;
  readonly log10P: number | null;
  readonly z: number | null;
  readonly pNormal: number | null;
}

/**
 * Whether treatment wins more comparisons than control: the exact sign test, ties left out.
 *
 * Input: counts. Output: {@link SignTest}.
 * Error: relative 1e-8 of p, down to 1e-75 (scipy's binomtest).
 * Assumes: independent comparisons: one per unit. Impressions of one unit are not; see {@link unitPreference}.
 * Edges: nothing but ties: delta 0, no p; no comparisons: `insufficient`.
 * Source: Dixon and Mood 1946; Delta by Chapelle, Joachims, Radlinski, Yue 2012.
 * @throws RangeError if a count is not a whole number of at least 0.
 * @example
 * signTest({ winsControl: 100, winsTreatment: 130, ties: 500 }).p; // 0.0556...
 */
export function signTest(outcomes: Outcomes): SignTest | NotEnough {
  const { winsControl, winsTreatment, ties } = outcomes;
  requireCount('winsControl', winsControl);
  requireCount('winsTreatment', winsTreatment);
  requireCount('ties', ties);
  const decided = winsControl + winsTreatment;
  if (decided + ties === 0) return { status: 'insufficient', missing: 'no comparisons' };
  const delta = (winsTreatment - winsControl) / 2 / (decided + ties);
  const counts = { status: 'ok', winsControl, winsTreatment, ties, delta } as const;
  if (decided === 0) return { ...counts, winRate: null, p: null, log10P: null, z: null, pNormal: null };
  const z = (winsTreatment - winsControl) / Math.sqrt(decided);
  const log = logSignP(winsTreatment, decided);
  const winRate = winsTreatment / decided;
  return { ...counts, winRate, p: Math.exp(log), log10P: toLog10(log), z, pNormal: normalTwoSidedP(z).p };
}

function logSignP(wins: number, n: number): number {
  return exactLogP(wins, {
    low: 0,
    high: n,
    mode: Math.floor(n / 2),
    logMass: (k) => logBinomialPmf(k, n, 0.5, 0.5),
    ratio: (k) => (n - k) / (k + 1),
  }).twoSided;
}

export interface UnitPreference {
  /** t over the mean outcome of each unit: the test that decides. */
  readonly test: MeanDifference;
  /** Signs of those means, one per unit. */
  readonly signs: SignTest | NotEnough;
  /** Mean outcome of an impression, with its error by the delta method, units being independent; `null` for one unit. */
  readonly perImpression: number;
  readonly perImpressionError: number | null;
}

/**
 * Whether units prefer treatment: inference per unit, as impressions of one unit are not independent.
 *
 * Input: per unit the outcomes of its impressions, 1 for treatment, -1 for control, 0 for a tie (or any score), at least
 * one. Output: {@link UnitPreference}; the estimate is the mean over units of their mean outcome.
 * Error: relative 1e-13 on exact rationals.
 * Assumes: independent units. A sign test on impressions rejected 33 % of true nulls where units had habits.
 * Edges: one unit: `insufficient`; all units alike: `no_variance`.
 * Source: Student 1908; delta method for the ratio of sums.
 * @throws RangeError if there is no unit, one has no impressions, or an outcome is not finite.
 * @example
 * unitPreference([[1, 1, 0, 1, -1], [-1, -1], [1], [1, 0]]).signs; // { winsTreatment: 3, winsControl: 1, ... }
 */
export function unitPreference(
  units: readonly (readonly number[])[],
  options: { readonly level?: number } = {},
): UnitPreference {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireNotEmpty('units', units);
  const sums = units.map((outcomes, index) => {
    requireNotEmpty(`units[${index}]`, outcomes);
    return outcomes.reduce((sum, outcome, k) => {
      requireFinite(`units[${index}][${k}]`, outcome);
      return sum + outcome;
    }, 0);
  });
  const means = sums.map((sum, index) => sum / units[index]!.length);
  const count = (wanted: (sum: number) => boolean): number => sums.filter(wanted).length;
  return {
    test: scoreTest(momentsOf(means), { level }),
    signs: signTest({
      winsControl: count((sum) => sum < 0),
      winsTreatment: count((sum) => sum > 0),
      ties: count((sum) => sum === 0),
    }),
    ...ratioOfSums(sums, units),
  };
}

/**
 * The t-test over units of {@link unitPreference}, from the moments of their scores.
 *
 * Input: moments of one score a unit. Output: {@link MeanDifference} from 0. Error: relative 1e-13.
 * Edges: below two units `insufficient`; all alike: `no_variance`. Source: Student 1908.
 * @throws RangeError if a moment is out of its domain or the level outside (0, 1).
 * @example
 * scoreTest({ n: 4, mean: 0.475, m2: 2.9675 }).p; // 0.4099...
 */
export function scoreTest(scores: Moments, options: { readonly level?: number } = {}): MeanDifference {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireMoments('scores', scores);
  const { n, mean, m2 } = scores;
  if (n < 2) return { status: 'insufficient', missing: 'two units or more' };
  return meanTest('t over units', mean, m2 / (n - 1) / n, n - 1, level);
}

function ratioOfSums(
  sums: readonly number[],
  units: readonly (readonly number[])[],
): { perImpression: number; perImpressionError: number | null } {
  const impressions = units.reduce((total, outcomes) => total + outcomes.length, 0);
  const ratio = sums.reduce((total, sum) => total + sum, 0) / impressions;
  if (sums.length < 2) return { perImpression: ratio, perImpressionError: null };
  const squares = sums.reduce((total, sum, index) => total + (sum - ratio * units[index]!.length) ** 2, 0);
  const spread = (squares * sums.length) / (sums.length - 1);
  return { perImpression: ratio, perImpressionError: Math.sqrt(spread) / impressions };
}
