import type { CoMoments } from '../../../stats/index.ts';

/** Means and centred products of a vector over units, growing one unit at a time (Welford): no sum of large squares. */
export interface GrowingSums {
  n: number;
  means: number[];
  products: number[][];
}

/** The same of pairs, with what their skewness needs. */
export interface PairSums extends GrowingSums {
  /** Sums of three deviations multiplied, 0 to 3 of them of the second value; results stored by 0.1.0 have none. */
  cubes?: number[];
}

export function newSums(size: number): GrowingSums {
  return { n: 0, means: zeros(size), products: Array.from({ length: size }, () => zeros(size)) };
}

export function newPairSums(): PairSums {
  return { ...newSums(2), cubes: zeros(4) };
}

const zeros = (size: number): number[] => new Array<number>(size).fill(0);

export function addUnit(sums: GrowingSums, values: readonly number[]): void {
  const { means, products } = sums;
  sums.n += 1;
  const before = values.map((value, j) => value - means[j]!);
  before.forEach((delta, j) => {
    means[j]! += delta / sums.n;
  });
  const share = (sums.n - 1) / sums.n;
  for (let j = 0; j < before.length; j++) {
    const delta = before[j]!;
    if (delta === 0) continue;
    const row = products[j]!;
    // In this order both halves of the table round alike.
    for (let k = 0; k < before.length; k++) row[k]! += delta * before[k]! * share;
  }
}

/** Grows one pair at a time as `addUnit` does. Source: Pébay 2008, equation 2.1, extended to mixed products. */
export function addPair(sums: PairSums, pair: readonly [number, number]): void {
  const [a, b] = [pair[0] - sums.means[0]!, pair[1] - sums.means[1]!];
  const [[aa, ab], [, bb]] = sums.products as [[number, number], [number, number]];
  const n = sums.n + 1;
  const share = ((n - 1) * (n - 2)) / n ** 2;
  const cubes = sums.cubes ?? zeros(4);
  cubes[0]! += a ** 3 * share - (3 * a * aa) / n;
  cubes[1]! += a * a * b * share - (b * aa + 2 * a * ab) / n;
  cubes[2]! += a * b * b * share - (a * bb + 2 * b * ab) / n;
  cubes[3]! += b ** 3 * share - (3 * b * bb) / n;
  sums.cubes = cubes;
  addUnit(sums, pair);
}

/** Sums of linear combinations of the vector's parts, one list of coefficients each. */
export function combined(sums: GrowingSums, rows: readonly (readonly number[])[]): CoMoments {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  const turned = rows.map((row) => sums.products.map((line) => dot(line, row)));
  // Rounding must not make a sum of squares negative, nor a product larger than two sums of squares allow.
  const squares = rows.map((row, i) => Math.max(0, dot(turned[i]!, row)));
  const product = (i: number, j: number) => {
    const most = Math.sqrt(squares[i]!) * Math.sqrt(squares[j]!);
    return i === j ? squares[i]! : Math.max(-most, Math.min(most, dot(turned[i]!, rows[j]!)));
  };
  const products = rows.map((_, i) => rows.map((__, j) => product(Math.max(i, j), Math.min(i, j))));
  return { n: sums.n, means: rows.map((row) => dot(row, sums.means)), products };
}
