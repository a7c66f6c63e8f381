/**
 * The k-th smallest of all differences b - a, without forming them: by halving the range of values, counting the pairs
 * below with two pointers.
 *
 * Input: both samples sorted; k from 1 to the number of pairs. Output: one of the differences, as computed.
 */
export function pairwiseDifference(a: readonly number[], b: readonly number[], k: number): number {
  let low = b[0]! - a.at(-1)!;
  let high = b.at(-1)! - a[0]!;
  while (low < high) {
    const middle = low + (high - low) / 2;
    const { count, last, next } = around(a, b, middle < high ? middle : low);
    if (count >= k) high = last;
    else low = next;
  }
  return low;
}

/** The number of differences up to t, the largest of these and the smallest above. */
function around(a: readonly number[], b: readonly number[], t: number): { count: number; last: number; next: number } {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  let within = 0;
  // as a rises, more of b are within t of it
  for (const value of a) {
    while (within < b.length && b[within]! - value <= t) within++;
    count += within;
    if (within > 0) last = Math.max(last, b[within - 1]! - value);
    if (within < b.length) next = Math.min(next, b[within]! - value);
  }
  return { count, last, next };
}

/** The median of all differences b - a; the middle of the two central ones if their number is even. */
export function medianDifference(a: readonly number[], b: readonly number[]): number {
  const pairs = a.length * b.length;
  const upper = pairwiseDifference(a, b, Math.floor(pairs / 2) + 1);
  if (pairs % 2 === 1) return upper;
  const lower = pairwiseDifference(a, b, pairs / 2);
  return lower + (upper - lower) / 2;
}
