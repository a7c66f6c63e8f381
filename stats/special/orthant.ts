import { normalCdf, normalQuantile } from '../distributions/normal.ts';

/** Standard normal variables, each to lie below its bound. */
export interface Ordered {
  readonly bounds: readonly number[];
  readonly correlation: readonly (readonly number[])[];
}

/** Points of a lattice, a power of two that its generator is good for, and how many are shifted copies of it. */
const POINTS = [1 << 10, 1 << 12, 1 << 14];
const SHIFTS = 8;
/** Stops when the copies' mean has this standard error. */
const TOLERANCE = 1e-7;
/** At most so many steps over all points, so that many arms cost no more than few. */
const STEPS = 1 << 18;
/** Multiplier of the Korobov lattice. */
const GENERATOR = 182_667;
/** A pivot below this: the variable is given by those before it. */
const LEAST_PIVOT = 1e-14;

/**
 * The probability that correlated standard normal variables all lie below their bounds.
 *
 * Input: finite bounds, a correlation matrix. Output: from 0 to 1.
 * Error: see `correlatedBestArm`; the same numbers give the same answer. Source: Genz 1992 (variables drawn one after
 * the other within their bounds, the tightest first), on a Korobov lattice with a tent transform.
 */
export function orthantProbability(given: Ordered): number {
  const { bounds, lower } = factor(given);
  const most = STEPS / SHIFTS / bounds.length;
  let answer = 0;
  for (const points of POINTS) {
    if (points > most && points !== POINTS[0]) break;
    const copies = Array.from({ length: SHIFTS }, (_, shift) => latticeMean(bounds, lower, points, shift));
    answer = copies.reduce((sum, each) => sum + each, 0) / SHIFTS;
    const squares = copies.reduce((sum, each) => sum + (each - answer) ** 2, 0);
    if (Math.sqrt(squares / SHIFTS / (SHIFTS - 1)) < TOLERANCE) break;
  }
  return Math.min(1, answer);
}

/** Cholesky factor with the tightest bounds first: the integrand varies less. */
function factor({ bounds, correlation }: Ordered): { bounds: number[]; lower: number[][] } {
  const order = bounds.map((_, i) => i).sort((a, b) => bounds[a]! - bounds[b]!);
  const lower: number[][] = [];
  order.forEach((row, i) => {
    const line: number[] = [];
    for (let j = 0; j <= i; j++) {
      let sum = correlation[row]![order[j]!]!;
      for (let k = 0; k < j; k++) sum -= line[k]! * (lower[j] ?? line)[k]!;
      if (i === j) line.push(sum > LEAST_PIVOT ? Math.sqrt(sum) : 0);
      else line.push(lower[j]![j]! === 0 ? 0 : sum / lower[j]![j]!);
    }
    lower.push(line);
  });
  return { bounds: order.map((i) => bounds[i]!), lower };
}

function latticeMean(bounds: readonly number[], lower: readonly number[][], points: number, shift: number): number {
  const size = bounds.length;
  const steps = new Float64Array(size);
  const starts = new Float64Array(size);
  for (let j = 0, power = 1; j < size; j++, power = (power * GENERATOR) % points) {
    steps[j] = power / points;
    starts[j] = ((shift + 1) * Math.sqrt(j + 2.5) * 0.754_877_666_246_692_7) % 1;
  }
  const drawn = new Float64Array(size);
  let sum = 0;
  for (let i = 0; i < points; i++) {
    let product = 1;
    for (let j = 0; j < size && product > 0; j++) {
      let at = bounds[j]!;
      const row = lower[j]!;
      for (let k = 0; k < j; k++) at -= row[k]! * drawn[k]!;
      const below = row[j] === 0 ? (at >= 0 ? 1 : 0) : normalCdf(at / row[j]!);
      product *= below;
      if (j + 1 < size) {
        const u = (i * steps[j]! + starts[j]!) % 1;
        const tent = 1 - Math.abs(2 * u - 1);
        drawn[j] = row[j] === 0 ? 0 : normalQuantile(Math.min(1 - 1e-16, Math.max(1e-300, tent * below)));
      }
    }
    sum += product;
  }
  return sum / points;
}
