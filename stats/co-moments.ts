import { requireCount, requireFinite, requireNonNegative, requireSameLength } from './domain.ts';
import { differenceOfProducts, type Moments, meanDelta, momentsFromShiftedSums, momentsOf } from './moments.ts';

/**
 * What is kept of several measures of the same units: the means and `products`, the square symmetric table of the
 * centred sums of products Σ(x_j - mean_j)(x_k - mean_k). `meanTails` holds, as in {@link Moments}, what did not fit
 * into the means.
 */
export interface CoMoments {
  readonly n: number;
  readonly means: readonly number[];
  readonly meanTails?: readonly number[];
  readonly products: readonly (readonly number[])[];
}

/** Sums over n units of x_j - shift_j, and of the products of these differences, as a roll-up keeps them. */
export interface ShiftedProductSums {
  readonly n: number;
  readonly shifts: readonly number[];
  readonly sums: readonly number[];
  /** Symmetric: the sum of (x_j - shift_j)(x_k - shift_k). */
  readonly products: readonly (readonly number[])[];
}

/**
 * The co-moments of measures of the same units.
 *
 * Input: one list a measure, all of the same length, finite. Output: {@link CoMoments}.
 * Error: relative 1e-14 of a product against exact fractions, also 1e9 standard deviations from 0.
 * Source: two passes with the correction term of Chan, Golub and LeVeque 1983.
 * @throws RangeError if lengths differ or a value is not finite.
 * @example
 * coMomentsOf([[1, 2, 3], [2, 4, 9]]).products; // [[2, 7], [7, 26]]
 */
export function coMomentsOf(columns: readonly (readonly number[])[]): CoMoments {
  columns.forEach((column, j) => {
    requireSameLength('columns[0]', columns[0]!, `columns[${j}]`, column);
  });
  const moments = columns.map((column) => momentsOf(column));
  const n = columns[0]?.length ?? 0;
  const product = (j: number, k: number): number => {
    if (j === k) return moments[j]!.m2;
    const [x, y] = [columns[j]!, columns[k]!];
    const [meanX, meanY] = [moments[j]!.mean, moments[k]!.mean];
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (x[i]! - meanX) * (y[i]! - meanY);
    return sum - n * (moments[j]!.meanTail ?? 0) * (moments[k]!.meanTail ?? 0);
  };
  return assemble(moments, product, n);
}

/** The pieces as {@link CoMoments}; `product` is asked once for each pair. */
function assemble(moments: readonly Moments[], product: (j: number, k: number) => number, n: number): CoMoments {
  const products = moments.map(() => new Array<number>(moments.length).fill(0));
  for (let j = 0; j < moments.length; j++) {
    for (let k = 0; k <= j; k++) {
      const value = product(j, k);
      products[j]![k] = value;
      products[k]![j] = value;
    }
  }
  const means = moments.map((one) => one.mean);
  return { n, means, meanTails: moments.map((one) => one.meanTail ?? 0), products };
}

/**
 * The co-moments behind sums that were shifted by constants before they were multiplied.
 *
 * Input: {@link ShiftedProductSums}, n a count and the rest finite. Output: {@link CoMoments}.
 * Error: n Σxy - Σx Σy is formed with one rounding; what remains is the rounding of the sums given.
 * Edges: n = 0 gives no values.
 * @throws RangeError if a sum is out of its domain, a shape wrong or a sum of squares impossible.
 * @example
 * coMomentsFromShiftedSums({ n: 3, shifts: [1, 2], sums: [3, 9], products: [[5, 16], [16, 53]] }).products; // [[2, 7], [7, 26]]
 */
export function coMomentsFromShiftedSums(given: ShiftedProductSums): CoMoments {
  const { n, shifts, sums, products } = given;
  requireSameLength('shifts', shifts, 'sums', sums);
  requireTable('products', products, shifts.length);
  const moments = shifts.map((shift, j) =>
    momentsFromShiftedSums({ n, shift, sum: sums[j]!, sumOfSquares: products[j]![j]! }),
  );
  const product = (j: number, k: number): number => {
    if (j === k) return moments[j]!.m2;
    return n < 2 ? 0 : differenceOfProducts(n, products[j]![k]!, sums[j]!, sums[k]!) / n;
  };
  return assemble(moments, product, n);
}

/**
 * The co-moments of two samples put together.
 *
 * Input: two {@link CoMoments} of the same measures. Output: theirs united; the order of merging changes rounding only.
 * Source: Chan, Golub and LeVeque 1983; Pébay 2008 for the products.
 * @throws RangeError if a part is out of its domain or the measures differ in number.
 * @example
 * mergeCoMoments(coMomentsOf([[1, 2], [2, 4]]), coMomentsOf([[3], [9]])).products; // [[2, 7], [7, 26]]
 */
export function mergeCoMoments(a: CoMoments, b: CoMoments): CoMoments {
  requireCoMoments('a', a, a.means.length);
  requireCoMoments('b', b, a.means.length);
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const [base, other] = a.n >= b.n ? [a, b] : [b, a];
  const share = other.n / n;
  const moments = base.means.map((mean, j) => {
    const delta = meanDelta(measure(base, j), measure(other, j));
    const moved = mean + delta * share;
    return { n, mean: moved, meanTail: delta * share - (moved - mean) + (base.meanTails?.[j] ?? 0), m2: 0, delta };
  });
  const product = (j: number, k: number): number =>
    base.products[j]![k]! + other.products[j]![k]! + moments[j]!.delta * moments[k]!.delta * base.n * share;
  return assemble(moments, product, n);
}

/** One measure by itself. */
export function measure(arm: CoMoments, index: number): Moments {
  const meanTail = arm.meanTails?.[index] ?? 0;
  return { n: arm.n, mean: arm.means[index]!, meanTail, m2: arm.products[index]![index]! };
}

/** Co-moments of the expected number of measures, possible as those of real values. */
export function requireCoMoments(name: string, arm: CoMoments, size: number): void {
  requireCount(`${name}.n`, arm.n);
  if (arm.means.length !== size) throw new RangeError(`${name}.means must hold ${size} means, got ${arm.means.length}`);
  requireTable(`${name}.products`, arm.products, size);
  arm.means.forEach((mean, j) => {
    requireFinite(`${name}.means[${j}]`, mean);
    requireFinite(`${name}.meanTails[${j}]`, arm.meanTails?.[j] ?? 0);
    requireNonNegative(`${name}.products[${j}][${j}]`, arm.products[j]![j]!);
  });
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < j; k++) {
      const most = Math.sqrt(arm.products[j]![j]!) * Math.sqrt(arm.products[k]![k]!);
      const value = arm.products[j]![k]!;
      if (Math.abs(value) > most * (1 + 1e-9) || value !== arm.products[k]![j]) {
        throw new RangeError(
          `${name}.products[${j}][${k}] must be symmetric and at most ${most} in size, got ${value}`,
        );
      }
    }
  }
}

function requireTable(name: string, table: readonly (readonly number[])[], size: number): void {
  if (table.length !== size || table.some((row) => row.length !== size)) {
    throw new RangeError(`${name} must be a table of ${size} by ${size}, got ${table.length} rows`);
  }
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < size; k++) requireFinite(`${name}[${j}][${k}]`, table[j]![k]!);
  }
}
