import { normalSf } from '../distributions/normal.ts';
import { gaussLegendre } from '../special/gauss-legendre.ts';

/**
 * The score process B of a test statistic, B(t) = Z(t) √t, as far as it has stayed inside the bounds of earlier looks:
 * under drift θ it is Brownian motion with mean θ t. Its sub-density at a look is kept at quadrature nodes.
 */
export interface PathDensity {
  readonly time: number;
  readonly drift: number;
  readonly lower: number;
  readonly upper: number;
  readonly nodes: Float64Array;
  /** Density times quadrature weight: they sum to the probability of having stayed inside. */
  readonly masses: Float64Array;
}

const ORDER = 16;
const RULE = gaussLegendre(ORDER);
/** Width of a panel in standard deviations of the narrower step beside it: 16 points are then exact to 1e-14. */
const PANEL = 2.5;
/** A step is followed to 9 standard deviations: what lies beyond is 1e-18 of the density. */
const REACH = 9;
/** The process is followed to z = 37, where the density leaves the range of doubles. */
const FARTHEST = 37;
const ROOT_TWO_PI = 2.5066282746310002;

/** The limits between which the test goes on after a look, on the scale of z; `-Infinity` for a one-sided test. */
export interface Inside {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The sub-density of B at a look, from that at the look before (`null` before the first).
 *
 * Input: the look's time, above the last one's; the z bounds inside which the test goes on; the time of the next look,
 * which sets how fine the grid is. Error: absolute 1e-13 of a probability, see `groupSequentialCrossing`.
 * Source: Armitage, McPherson and Rowe 1969.
 */
export function nextPathDensity(
  before: PathDensity | null,
  drift: number,
  time: number,
  inside: Inside,
  nextTime: number,
): PathDensity {
  const root = Math.sqrt(time);
  const lower = Math.max(inside.lower * root, Math.min(0, drift * time) - reachBelow(inside) * root);
  const upper = Math.min(inside.upper * root, Math.max(0, drift * time) + FARTHEST * root);
  const step = before ? time - before.time : time;
  const bridge = Math.sqrt((time / nextTime) * (nextTime - time));
  const nodes = grid(lower, upper, PANEL * Math.min(Math.sqrt(step), bridge));
  const masses = new Float64Array(nodes.length);
  const panel = nodes.length === 0 ? 0 : (upper - lower) / (nodes.length / ORDER);
  for (let i = 0; i < nodes.length; i++) {
    const weight = (RULE.weights[i % ORDER]! * panel) / 2;
    masses[i] = weight * densityAt(before, drift, time, nodes[i]!);
  }
  return { time, drift, lower, upper, nodes, masses };
}

/** A one-sided test needs no digits at the bottom, where no path returns from. */
function reachBelow(inside: Inside): number {
  return inside.lower === Number.NEGATIVE_INFINITY ? REACH : FARTHEST;
}

function grid(lower: number, upper: number, width: number): Float64Array {
  if (!(upper > lower)) return new Float64Array(0);
  const panels = Math.max(2, Math.ceil((upper - lower) / width));
  const half = (upper - lower) / panels / 2;
  const nodes = new Float64Array(panels * ORDER);
  for (let p = 0; p < panels; p++) {
    const middle = lower + (2 * p + 1) * half;
    for (let i = 0; i < ORDER; i++) nodes[p * ORDER + i] = middle + half * RULE.nodes[i]!;
  }
  return nodes;
}

function densityAt(before: PathDensity | null, drift: number, time: number, x: number): number {
  if (!before) return Math.exp((-0.5 * (x - drift * time) ** 2) / time) / (ROOT_TWO_PI * Math.sqrt(time));
  const step = time - before.time;
  const { nodes, masses } = before;
  // given x, an unbounded path was here a look ago; only nodes near that place matter
  const centre = x * (before.time / time);
  const reach = REACH * Math.sqrt((before.time / time) * step);
  const last = centre + reach;
  const end = x - drift * step;
  let sum = 0;
  for (let i = firstAtLeast(nodes, centre - reach); i < nodes.length && nodes[i]! <= last; i++) {
    const distance = end - nodes[i]!;
    sum += masses[i]! * Math.exp((-0.5 * distance * distance) / step);
  }
  return sum / (ROOT_TWO_PI * Math.sqrt(step));
}

function firstAtLeast(nodes: Float64Array, value: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The probability of staying inside at all looks up to `before` and then lying at z or above at `time`. */
export function probabilityAbove(before: PathDensity | null, drift: number, time: number, z: number): number {
  if (z === Number.POSITIVE_INFINITY) return 0;
  if (!before) return normalSf(z - drift * Math.sqrt(time));
  const x = z * Math.sqrt(time);
  const step = time - before.time;
  const root = Math.sqrt(step);
  const { nodes, masses } = before;
  // an unbounded path that ends above z was higher than this a look ago, but for 1e-18 of the probability
  const lowest = x * (before.time / time) - REACH * Math.sqrt((before.time / time) * step);
  let sum = 0;
  for (let i = firstAtLeast(nodes, lowest); i < nodes.length; i++) {
    sum += masses[i]! * normalSf((x - drift * step - nodes[i]!) / root);
  }
  return sum;
}

/** The probability of staying inside at all looks up to `before` and then lying at z or below at `time`. */
export function probabilityBelow(before: PathDensity | null, drift: number, time: number, z: number): number {
  if (z === Number.NEGATIVE_INFINITY) return 0;
  if (!before) return normalSf(drift * Math.sqrt(time) - z);
  const end = z * Math.sqrt(time) - drift * (time - before.time);
  const root = Math.sqrt(time - before.time);
  let sum = 0;
  for (let i = 0; i < before.nodes.length; i++) sum += before.masses[i]! * normalSf((before.nodes[i]! - end) / root);
  return sum;
}
