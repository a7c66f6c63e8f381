import { requireProbability } from '../domain.ts';
import { type PowerPlan, planned } from '../power/plan.ts';
import { type Item, teamDraft } from './mixed-lists.ts';

/** How a user reads a list: from the top, clicking with a probability by item, and after a click perhaps stopping. */
export interface ClickModel {
  readonly click: (item: Item) => number;
  readonly stop: (item: Item) => number;
}

export interface AbSensitivity {
  /** Treatment minus control. */
  readonly difference: number;
  /** Impressions of both arms together; `null` where the metric does not differ. */
  readonly impressions: number | null;
  /** How many times as many as by team draft. */
  readonly timesTeamDraft: number | null;
}

export interface InterleavingSensitivity {
  /** P(treatment wins) - P(control wins) of an impression. */
  readonly meanCredit: number;
  readonly variance: number;
  readonly treatmentWins: number;
  readonly controlWins: number;
  readonly ties: number;
  /** Impressions that team draft needs; `null` where it sees no difference. */
  readonly impressions: number | null;
  /** Any click, number of clicks, 1 / position of the first click (0 without one). */
  readonly clickThrough: AbSensitivity;
  readonly clicks: AbSensitivity;
  readonly reciprocalRank: AbSensitivity;
}

/** A reading of a list: which positions are clicked, and how probable that is. */
interface Reading {
  readonly clicked: readonly number[];
  readonly probability: number;
}

/** Differences below this are rounding. */
const ROUNDING = 1e-12;
const MOST_POSITIONS = 16;

/**
 * How many impressions team draft needs to see which ranking is better, and how many an A/B test on three metrics.
 *
 * Input: two rankings, the length shown (at most 16), a cascade click model, the plan. Output:
 * {@link InterleavingSensitivity}. From 0.2 to 990 times as many by click model and metric: never one constant.
 * Error: relative 1e-13; all lists and click patterns are enumerated.
 * Assumes: users alike. Between real users the variance of an A/B metric is larger, and so is the gain.
 * Edges: a difference that a method cannot see has `null` impressions, not infinitely many.
 * Source: enumeration; sizes (z_alpha + z_power)^2 variance / mean^2 and 2 (...)^2 (var_A + var_B) / difference^2.
 * @throws RangeError if a probability of the model is outside [0, 1], the length is above 16, or as `teamDraft`.
 * @example
 * const model = { click: (item: string) => (item === 'a' ? 0.9 : 0.1), stop: () => 0.5 };
 * interleavingSensitivity(['b', 'a', 'c'], ['a', 'b', 'c'], 2, model).impressions; // 2.759...
 */
export function interleavingSensitivity(
  control: readonly Item[],
  treatment: readonly Item[],
  length: number,
  model: ClickModel,
  plan: PowerPlan = {},
): InterleavingSensitivity {
  if (length > MOST_POSITIONS) throw new RangeError(`length must be at most ${MOST_POSITIONS}, got ${length}`);
  const { zSum } = planned(plan);
  let treatmentWins = 0;
  let controlWins = 0;
  for (const { items, teams, probability } of teamDraft([control, treatment], length)) {
    for (const reading of readingsOf(items, model)) {
      const lead = reading.clicked.reduce((sum, position) => sum + (teams[position] === 1 ? 1 : -1), 0);
      if (lead > 0) treatmentWins += probability * reading.probability;
      if (lead < 0) controlWins += probability * reading.probability;
    }
  }
  const meanCredit = treatmentWins - controlWins;
  const variance = treatmentWins + controlWins - meanCredit * meanCredit;
  const impressions = Math.abs(meanCredit) < ROUNDING ? null : (zSum / meanCredit) ** 2 * variance;
  const arms = [control, treatment].map((ranking) => readingsOf(ranking.slice(0, length), model));
  const compare = (metric: (clicked: readonly number[]) => number): AbSensitivity => {
    const [a, b] = arms.map((readings) => momentsUnder(readings, metric));
    const difference = b!.mean - a!.mean;
    if (Math.abs(difference) < ROUNDING) return { difference, impressions: null, timesTeamDraft: null };
    const needed = 2 * (zSum / difference) ** 2 * (a!.variance + b!.variance);
    return { difference, impressions: needed, timesTeamDraft: impressions === null ? null : needed / impressions };
  };
  return {
    meanCredit,
    variance,
    treatmentWins,
    controlWins,
    ties: 1 - treatmentWins - controlWins,
    impressions,
    clickThrough: compare((clicked) => (clicked.length > 0 ? 1 : 0)),
    clicks: compare((clicked) => clicked.length),
    reciprocalRank: compare((clicked) => (clicked.length > 0 ? 1 / (clicked[0]! + 1) : 0)),
  };
}

/** Every way to read a list from the top, with its probability. */
function readingsOf(items: readonly Item[], model: ClickModel): Reading[] {
  let going: Reading[] = [{ clicked: [], probability: 1 }];
  const ended: Reading[] = [];
  items.forEach((item, position) => {
    const click = model.click(item);
    const stop = model.stop(item);
    requireProbability(`click of ${item}`, click);
    requireProbability(`stop of ${item}`, stop);
    const next: Reading[] = [];
    for (const { clicked, probability } of going) {
      const withClick = [...clicked, position];
      if (click < 1) next.push({ clicked, probability: probability * (1 - click) });
      if (click > 0 && stop < 1) next.push({ clicked: withClick, probability: probability * click * (1 - stop) });
      if (click > 0 && stop > 0) ended.push({ clicked: withClick, probability: probability * click * stop });
    }
    going = next;
  });
  return [...ended, ...going];
}

function momentsUnder(
  readings: readonly Reading[],
  metric: (clicked: readonly number[]) => number,
): { mean: number; variance: number } {
  const mean = readings.reduce((sum, { clicked, probability }) => sum + probability * metric(clicked), 0);
  const variance = readings.reduce((sum, { clicked, probability }) => {
    return sum + probability * (metric(clicked) - mean) ** 2;
  }, 0);
  return { mean, variance };
}
