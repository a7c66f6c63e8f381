import type { TooFewValues } from './mann-whitney.ts';
import { countValues, missingValues, rankCounts, type ValueCount } from './rank-counts.ts';

/** The most points of the grid that are walked for the exact p. */
const MOST_WORK = 1e7;

export interface KolmogorovSmirnov {
  readonly status: 'ok';
  readonly method: 'Kolmogorov–Smirnov';
  /** The largest distance of the two distribution functions. */
  readonly distance: number;
  /** Two-sided, given the ties; `null` above 10 million pairs. */
  readonly exactP: number | null;
  /** By Kolmogorov's limit distribution; conservative for small samples and with ties. */
  readonly asymptoticP: number;
}

/**
 * Whether two samples differ in distribution in any way: location, spread or shape.
 *
 * Input: both samples, finite numbers. Output: {@link KolmogorovSmirnov}.
 * Error: exact p relative 1e-13 (enumeration of all arrangements; R's ks.test); the limit absolute 1e-15.
 * Assumes: independent values. Has no interval, and less power than a test of location against a shift.
 * Edges: with ties the exact p is that given the ties (Schröer and Trenkler 1995); an empty sample: `insufficient`.
 * Source: Smirnov 1939; the walk over the lattice of Hodges 1957, in probabilities of leaving, so that small p keep
 * their digits.
 * @throws RangeError if a value is not finite.
 * @example
 * kolmogorovSmirnov([1, 2, 3], [4, 5, 6]).exactP; // 0.1
 */
export function kolmogorovSmirnov(
  control: readonly number[],
  treatment: readonly number[],
): KolmogorovSmirnov | TooFewValues {
  const { values, nA, nB } = rankCounts(countValues(control, treatment));
  const missing = missingValues(nA, nB, 1);
  if (missing) return { status: 'insufficient', missing };
  const groups = values.map((each) => each.control + each.treatment);
  const largest = largestGap(values, nA, nB);
  const distance = largest / (nA * nB);
  const exactP = nA * nB > MOST_WORK ? null : leavingChance(nA, nB, largest, groups);
  const lambda = Math.sqrt((nA / (nA + nB)) * nB) * distance;
  return { status: 'ok', method: 'Kolmogorov–Smirnov', distance, exactP, asymptoticP: kolmogorovSf(lambda) };
}

/** The largest |F_A - F_B| as a whole number: times both sizes. */
function largestGap(values: readonly ValueCount[], nA: number, nB: number): number {
  let [i, j, largest] = [0, 0, 0];
  for (const { control, treatment } of values) {
    i += control;
    j += treatment;
    largest = Math.max(largest, Math.abs(i * nB - j * nA));
  }
  return largest;
}

/** The chance that a random arrangement is somewhere at least as far apart, looked at after each group of ties. */
function leavingChance(nA: number, nB: number, largest: number, groups: readonly number[]): number {
  const looked = new Uint8Array(nA + nB + 1);
  let end = 0;
  for (const size of groups) {
    end += size;
    looked[end] = 1;
  }
  const left = (i: number, j: number): boolean => looked[i + j] === 1 && Math.abs(i * nB - j * nA) >= largest;
  const row = new Float64Array(nB + 1);
  for (let i = 0; i <= nA; i++) {
    for (let j = 0; j <= nB; j++) {
      // the last of the i + j values is one of A with chance i / (i + j)
      const before = i + j === 0 ? 0 : (i * row[j]! + j * (row[j - 1] ?? 0)) / (i + j);
      row[j] = left(i, j) ? 1 : before;
    }
  }
  return row[nB]!;
}

/** 2 Σ (-1)^(k-1) e^(-2 k² λ²), for small λ by the theta function's other series. */
function kolmogorovSf(lambda: number): number {
  if (lambda < 0.3) return lambda < 0.04 ? 1 : 1 - thetaCdf(lambda);
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, 2 * sum);
}

function thetaCdf(lambda: number): number {
  let sum = 0;
  for (let k = 1; k <= 9; k += 2) sum += Math.exp((-k * k * Math.PI * Math.PI) / (8 * lambda * lambda));
  return (Math.sqrt(2 * Math.PI) / lambda) * sum;
}
