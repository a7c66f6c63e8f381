import { findMaximum } from '../special/find-maximum.ts';
import { logBinomialPmf } from '../special/log-mass.ts';
import type { PlausibleTables } from './plausible-tables.ts';
import type { Proportion } from './proportion.ts';

/** Tables as extreme as the observed one count although their statistics differ by rounding. */
const SLACK = 1e-9;
const GRID = 200;

/** What a hypothesis about two rates has to say: how far a table is from it, and which pairs of rates belong to it. */
export interface Hypothesis {
  /** Rises with treatment's events, falls with control's. */
  readonly statistic: (eventsA: number, eventsB: number) => number;
  /** Control's rate at the ends of what the hypothesis and the plausible rates leave; empty if from > to. */
  readonly from: number;
  readonly to: number;
  /** Treatment's rate at a rate of control. */
  readonly rateB: (rateA: number) => number;
}

/**
 * The largest chance, over the rates of a hypothesis, of a table at least as far from it as the observed one, to either
 * side. Stops early at `enough`.
 *
 * In each row the tables that are not extreme form one run, whose ends move up from row to row (Barnard's convexity,
 * shown for the score statistic by Chan 2003): they are found by walking, not by trying every table.
 */
export function largestChance(
  control: Proportion,
  treatment: Proportion,
  tables: PlausibleTables,
  hypothesis: Hypothesis,
  enough = Number.POSITIVE_INFINITY,
): number {
  const { statistic, from, to, rateB } = hypothesis;
  const limit = Math.abs(statistic(control.x, treatment.x)) * (1 - SLACK);
  if (limit === 0) return 1;
  if (from > to) return Math.min(1, tables.leftOut);
  const starts = firstAt(tables, (a, b) => statistic(a, b) > -limit);
  const ends = firstAt(tables, (a, b) => statistic(a, b) >= limit);
  // the angle spreads the grid towards both ends, where the maximum of small tables often lies
  const chance = (angle: number): number => {
    const rateA = Math.min(to, from + (to - from) * Math.sin(angle) ** 2);
    return chanceOf(control.n, treatment.n, tables, rateA, rateB(rateA), starts, ends);
  };
  const most = findMaximum(chance, 0, from < to ? Math.PI / 2 : 0, GRID, enough - tables.leftOut);
  return Math.min(1, most + tables.leftOut);
}

/** Per row, the first b for which a condition holds that, once true, stays true as b rises and a falls. */
function firstAt({ valuesA, valuesB }: PlausibleTables, holds: (a: number, b: number) => boolean): Int32Array {
  const first = new Int32Array(valuesA.upper - valuesA.lower + 1);
  let b = valuesB.lower;
  for (let a = valuesA.lower; a <= valuesA.upper; a++) {
    while (b <= valuesB.upper && !holds(a, b)) b++;
    first[a - valuesA.lower] = b - valuesB.lower;
  }
  return first;
}

function chanceOf(
  nA: number,
  nB: number,
  { valuesA, valuesB }: PlausibleTables,
  rateA: number,
  rateB: number,
  starts: Int32Array,
  ends: Int32Array,
): number {
  const massA = masses(nA, valuesA.lower, valuesA.upper, rateA);
  const massB = masses(nB, valuesB.lower, valuesB.upper, rateB);
  const below = new Float64Array(massB.length + 1);
  const above = new Float64Array(massB.length + 1);
  for (let b = 0; b < massB.length; b++) below[b + 1] = below[b]! + massB[b]!;
  for (let b = massB.length - 1; b >= 0; b--) above[b] = above[b + 1]! + massB[b]!;
  let total = 0;
  for (let a = 0; a < massA.length; a++) total += massA[a]! * (below[starts[a]!]! + above[ends[a]!]!);
  return total;
}

/** Binomial probabilities of the values from low to high: one by its logarithm, the others by their ratios. */
function masses(n: number, low: number, high: number, p: number): Float64Array {
  const mass = new Float64Array(high - low + 1);
  const q = 1 - p;
  const mode = Math.max(low, Math.min(high, Math.floor((n + 1) * p)));
  mass[mode - low] = Math.exp(logBinomialPmf(mode, n, p, q));
  for (let x = mode; x < high; x++) mass[x + 1 - low] = mass[x - low]! * ((n - x) / (x + 1)) * (p / q);
  for (let x = mode; x > low; x--) mass[x - 1 - low] = mass[x - low]! * (x / (n - x + 1)) * (q / p);
  return mass;
}
