import type { RankCounts, ValueCount } from './rank-counts.ts';

/** Counts of distinct values in order. */
type Values = readonly ValueCount[];

/**
 * The k-th smallest of all differences treatment - control, without forming them: by halving the range of values,
 * counting the pairs below with two pointers.
 *
 * Input: counts of distinct values in order; k from 1 to the number of pairs. Output: one of the differences, as computed.
 */
export function pairwiseDifference({ values }: Pick<RankCounts, 'values'>, k: number): number {
  const a = values.filter(({ control }) => control > 0);
  const b = values.filter(({ treatment }) => treatment > 0);
  let low = b[0]!.value - a.at(-1)!.value;
  let high = b.at(-1)!.value - a[0]!.value;
  while (low < high) {
    const middle = low + (high - low) / 2;
    const { count, last, next } = around(a, b, middle < high ? middle : low);
    if (count >= k) high = last;
    else low = next;
  }
  return low;
}

/** The number of differences up to t, the largest of these and the smallest above. */
function around(a: Values, b: Values, t: number): { count: number; last: number; next: number } {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  let [place, within] = [0, 0];
  // as a rises, more of b are within t of it
  for (const { value, control } of a) {
    while (place < b.length && b[place]!.value - value <= t) within += b[place++]!.treatment;
    count += control * within;
    if (place > 0) last = Math.max(last, b[place - 1]!.value - value);
    if (place < b.length) next = Math.min(next, b[place]!.value - value);
  }
  return { count, last, next };
}

/** The median of all differences treatment - control; the middle of the two central ones if their number is even. */
export function medianDifference(counts: RankCounts): number {
  const pairs = counts.nA * counts.nB;
  const upper = pairwiseDifference(counts, Math.floor(pairs / 2) + 1);
  if (pairs % 2 === 1) return upper;
  const lower = pairwiseDifference(counts, pairs / 2);
  return lower + (upper - lower) / 2;
}
