const GOLDEN = (Math.sqrt(5) - 1) / 2;
const PEAKS = 3;
const STEPS = 25;

/**
 * The largest value of a function over an interval: a grid, then golden sections around its three best peaks.
 *
 * Input: f; the ends; the number of parts of the grid; `enough`, a value at which the search may stop early.
 * Output: the largest value seen, a lower bound of the maximum; at least `enough` if some value seen was.
 */
export function findMaximum(
  f: (x: number) => number,
  from: number,
  to: number,
  parts: number,
  enough = Number.POSITIVE_INFINITY,
): number {
  const step = (to - from) / parts;
  if (!(step > 0)) return f(from);
  const heights: number[] = [];
  for (let k = 0; k <= parts; k++) {
    const height = f(from + k * step);
    if (height >= enough) return height;
    heights.push(height);
  }
  const peaks = heights
    .map((height, k) => ({ height, k }))
    .filter(({ height, k }) => height >= (heights[k - 1] ?? 0) && height >= (heights[k + 1] ?? 0))
    .sort((one, two) => two.height - one.height)
    .slice(0, PEAKS);
  const between = ({ k }: { k: number }): number =>
    refine(f, Math.max(from, from + (k - 1) * step), Math.min(to, from + (k + 1) * step));
  return Math.max(...heights, ...peaks.map(between));
}

/** The largest value seen by golden sections between two arguments. */
function refine(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = f(left);
  let atRight = f(right);
  let best = Math.max(atLeft, atRight);
  for (let k = 0; k < STEPS; k++) {
    if (atLeft > atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = f(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = f(right);
    }
    best = Math.max(best, atLeft, atRight);
  }
  return best;
}
