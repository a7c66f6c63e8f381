import { logGamma } from '../special/log-gamma.ts';
import type { RankCounts } from './rank-counts.ts';

/** The most additions, and the most values in both samples: beyond, counts of arrangements overflow. */
const MOST_WORK = 1e8;
const MOST_VALUES = 1000;

/** log of the number of ways to choose k of n. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/**
 * The numbers of arrangements with U = 0, 1, ... up to `most` (at most n m / 2), without ties; `null` if too many.
 *
 * Source: the generating function of Mann and Whitney, one factor (1 - q^(n + i)) / (1 - q^i) after another; each
 * polynomial is symmetric, so that only its rising half is computed, where nothing cancels.
 */
export function arrangements(nA: number, nB: number, most: number): Float64Array | null {
  const [few, many] = [Math.min(nA, nB), Math.max(nA, nB)];
  if (nA + nB > MOST_VALUES || few * (most + 1) > MOST_WORK) return null;
  let counts = new Float64Array(most + 1);
  counts[0] = 1;
  for (let i = 1; i <= few; i++) {
    const next = new Float64Array(most + 1);
    const degree = many * i;
    const half = Math.min(most, Math.floor(degree / 2));
    for (let u = 0; u <= half; u++) next[u] = counts[u]! - (counts[u - many - i] ?? 0) + (next[u - i] ?? 0);
    for (let u = half + 1; u <= Math.min(most, degree); u++) next[u] = next[degree - u]!;
    counts = next;
  }
  return counts;
}

/** Natural logarithms of the exact p-values, given the ties that there are; `null` if there is too much to count. */
export function exactLogRankP(counts: RankCounts): { twoSided: number; greater: number; less: number } | null {
  const { nA, nB, twiceU, tieSum } = counts;
  return tieSum === 0 ? withoutTies(nA, nB, twiceU / 2) : withTies(counts);
}

function withoutTies(nA: number, nB: number, u: number): { twoSided: number; greater: number; less: number } | null {
  const pairs = nA * nB;
  const small = Math.min(u, pairs - u);
  const counts = arrangements(nA, nB, small);
  if (!counts) return null;
  const all = logChoose(nA + nB, nB);
  const upTo = counts.reduce((sum, count) => sum + count, 0);
  const tail = Math.min(0, Math.log(upTo) - all);
  // the other side, with U itself, as a rest: it is at least a half
  const rest = Math.log1p(-Math.exp(Math.min(0, Math.log(upTo - counts[small]!) - all)));
  const [less, greater] = u === small ? [tail, rest] : [rest, tail];
  return { twoSided: 2 * u === pairs ? 0 : Math.min(0, tail + Math.LN2), greater, less };
}

/** Over all ways to share out the tied values: two-sided, those at least as far from the middle. */
function withTies({ values, nA, nB, twiceU }: RankCounts): { twoSided: number; greater: number; less: number } | null {
  const groups = values.map(({ control, treatment }) => control + treatment);
  const range = 2 * nA * nB;
  if (nA + nB > MOST_VALUES || (nA + nB) * nB * range > MOST_WORK) return null;
  const ways = arrangementsWithTies(nB, groups, range);
  const far = Math.abs(twiceU - nA * nB);
  const sum = (counts: (value: number) => boolean): number =>
    ways.reduce((total, count, value) => (counts(value) ? total + count : total), 0);
  const all = logChoose(nA + nB, nB);
  const log = (total: number): number => Math.min(0, Math.log(total) - all);
  return {
    twoSided: far === 0 ? 0 : log(sum((value) => Math.abs(value - nA * nB) >= far)),
    greater: log(sum((value) => value >= twiceU)),
    less: log(sum((value) => value <= twiceU)),
  };
}

/** The number of choices of nB values with each 2 U from 0 to the range, group of equal values by group. */
function arrangementsWithTies(nB: number, groups: readonly number[], range: number): Float64Array {
  const rows = Array.from({ length: nB + 1 }, () => new Float64Array(range + 1));
  rows[0]![0] = 1;
  let before = 0;
  for (const size of groups) {
    // from the most chosen down, so that the rows of fewer chosen are still those without this group
    for (let k = Math.min(nB, before + size); k >= 1; k--) {
      let ways = 1;
      for (let j = 1; j <= Math.min(size, k); j++) {
        ways *= (size - j + 1) / j;
        // each of the j is above the unchosen before the group, and half above those in it
        addChoices(rows[k]!, rows[k - j]!, ways, j * (2 * (before - k + j) + size - j));
      }
    }
    before += size;
  }
  return rows[nB]!;
}

function addChoices(row: Float64Array, fewer: Float64Array, ways: number, move: number): void {
  if (move < 0) return;
  for (let u = move; u < row.length; u++) row[u] = row[u]! + ways * fewer[u - move]!;
}
