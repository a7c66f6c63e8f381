import { findMaximum } from '../special/find-maximum.ts';
import { logBinomialPmf, logHypergeometricPmf } from '../special/log-mass.ts';
import { missingUnits, type NoUnits, type Proportion } from './proportion.ts';
import { nullScore } from './score-statistic.ts';

/** The most tables that are enumerated. */
const MOST_TABLES = 100_000;
const GRID = 200;
/** Tables as extreme as the observed one count although their statistics differ by rounding. */
const SLACK = 1e-9;

export interface UnconditionalTest {
  readonly status: 'ok';
  readonly method: 'Barnard (score)' | 'Boschloo';
  /** Two-sided p-value, from 0 to 1. */
  readonly p: number;
}

/** More tables than are enumerated: expected counts are then large enough for the score test, or Fisher's serves. */
export interface TooManyTables {
  readonly status: 'too_large';
}

/**
 * An exact test of two rates that fixes only the numbers of units, for expected counts below 5: the chance of a table at
 * least as extreme, at the common rate that makes it largest.
 *
 * Input: per arm x events of n units; which tables are extreme: by the pooled score statistic (`score`, Barnard), or by
 * Fisher's one-sided p (`fisher`, Boschloo; two-sided as twice the smaller side, as scipy does).
 * Output: {@link UnconditionalTest}; `too_large` above 100,000 tables, `insufficient` if an arm has no units.
 * Error: relative 1e-6 of the maximum over the common rate (scipy to 1e-9 on its examples).
 * Assumes: independent units. Its interval: `unconditionalExactDifference`.
 * Edges: all units alike: p = 1. Time grows with the product of both arms, to about 0.1 s for Barnard, 0.4 s for Boschloo.
 * Source: Barnard 1947; Boschloo 1970; Suissa and Shuster 1985.
 * @throws RangeError if a count is not a whole number of at least 0 or x is above n.
 * @example
 * unconditionalExactTest({ x: 1, n: 10 }, { x: 7, n: 10 }); // { p: 0.00795..., ... }
 */
export function unconditionalExactTest(
  control: Proportion,
  treatment: Proportion,
  by: 'score' | 'fisher' = 'score',
): UnconditionalTest | TooManyTables | NoUnits {
  const missing = missingUnits(control, treatment, 0.95);
  if (missing) return missing;
  if ((control.n + 1) * (treatment.n + 1) > MOST_TABLES) return { status: 'too_large' };
  if (by === 'score') return { status: 'ok', method: 'Barnard (score)', p: barnard(control, treatment) };
  const higher = boschloo(control, treatment);
  const lower = boschloo(complement(control), complement(treatment));
  return { status: 'ok', method: 'Boschloo', p: Math.min(1, 2 * higher, 2 * lower) };
}

function complement(arm: Proportion): Proportion {
  return { x: arm.n - arm.x, n: arm.n };
}

function barnard(control: Proportion, treatment: Proportion): number {
  const size = (a: number, b: number): number =>
    Math.abs(nullScore({ x: a, n: control.n }, { x: b, n: treatment.n }, 1)) || 0;
  const limit = size(control.x, treatment.x) * (1 - SLACK);
  return largestChance(control.n, treatment.n, (a, b) => size(a, b) >= limit);
}

/** One-sided: tables whose Fisher p for "treatment higher" is at most the observed one. */
function boschloo(control: Proportion, treatment: Proportion): number {
  const upperTails = Array.from({ length: control.n + treatment.n + 1 }, (_, events) =>
    fisherUpperTails(control.n, treatment.n, events),
  );
  const at = (a: number, b: number): number => upperTails[a + b]![b]!;
  const limit = at(control.x, treatment.x) * (1 + SLACK);
  return largestChance(control.n, treatment.n, (a, b) => at(a, b) <= limit);
}

/** P(X >= x) for every x from 0 to nB, X hypergeometric given the number of events. */
function fisherUpperTails(nA: number, nB: number, events: number): Float64Array {
  const tails = new Float64Array(nB + 2);
  for (let x = nB; x >= 0; x--) {
    const possible = x <= events && events - x <= nA;
    tails[x] = tails[x + 1]! + (possible ? Math.exp(logHypergeometricPmf(x, nB, nA, events)) : 0);
  }
  return tails;
}

/** The largest probability of the extreme tables over the common rate: a grid, then golden sections around its best. */
function largestChance(nA: number, nB: number, extreme: (a: number, b: number) => boolean): number {
  const rows = Array.from({ length: nA + 1 }, (_, a) => runs(nB, (b) => extreme(a, b)));
  // the angle spreads the grid towards rates of 0 and 1, where the maximum of small tables often lies
  const chance = (angle: number): number => chanceOf(rows, nA, nB, Math.sin(angle) ** 2, Math.cos(angle) ** 2);
  return Math.min(1, findMaximum(chance, 0, Math.PI / 2, GRID));
}

/** A run of values: from the first to before the last. */
type Run = readonly [start: number, end: number];

/** The runs of b from 0 to nB for which the table is extreme; one at each end as a rule. */
function runs(nB: number, extreme: (b: number) => boolean): Run[] {
  const found: Run[] = [];
  let start = -1;
  for (let b = 0; b <= nB + 1; b++) {
    const inside = b <= nB && extreme(b);
    if (inside && start < 0) start = b;
    if (!inside && start >= 0) {
      found.push([start, b]);
      start = -1;
    }
  }
  return found;
}

function chanceOf(rows: readonly (readonly Run[])[], nA: number, nB: number, p: number, q: number): number {
  const below = new Float64Array(nB + 2);
  const above = new Float64Array(nB + 2);
  const mass = Float64Array.from({ length: nB + 1 }, (_, b) => Math.exp(logBinomialPmf(b, nB, p, q)));
  for (let b = 0; b <= nB; b++) below[b + 1] = below[b]! + mass[b]!;
  for (let b = nB; b >= 0; b--) above[b] = above[b + 1]! + mass[b]!;
  // a run at either end is its own tail, without a difference of sums close to 1
  const chance = ([start, end]: Run): number => (start === 0 ? below[end]! : above[start]! - above[end]!);
  let total = 0;
  rows.forEach((row, a) => {
    const sum = row.reduce((tail, run) => tail + chance(run), 0);
    if (sum > 0) total += sum * Math.exp(logBinomialPmf(a, nA, p, q));
  });
  return total;
}
