import { requireProbability } from './domain.ts';

export const P_ADJUST_METHODS = [
  'holm',
  'bonferroni',
  'hochberg',
  'hommel',
  'BH',
  'BY',
  'sidak',
  'holm_sidak',
] as const;
export type PAdjustMethod = (typeof P_ADJUST_METHODS)[number];

/**
 * P-values adjusted for having looked at several: reject where the adjusted p is at most α.
 *
 * Input: p-values, `null` for those that are undefined; the method, Holm by default. Holm, Bonferroni, Hochberg, Hommel
 * and the two Šidák forms bound the chance of any false rejection; BH and BY the share of false ones.
 * Output: in the order given, each from its p to 1; `null` stays `null` and does not count as a test.
 * Error: relative 1e-13 (R p.adjust).
 * Assumes: nothing for Holm, Bonferroni and BY; independence or positive dependence for the others.
 * Source: Holm 1979; Hochberg 1988; Hommel 1988; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001; Šidák 1967.
 * @throws RangeError if a p is outside [0, 1] or the method unknown.
 * @example
 * adjustP([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function adjustP(p: readonly number[], method?: PAdjustMethod): number[];
export function adjustP(p: readonly (number | null)[], method?: PAdjustMethod): (number | null)[];
export function adjustP(p: readonly (number | null)[], method: PAdjustMethod = 'holm'): (number | null)[] {
  const adjust = ADJUSTMENTS[method];
  if (!Object.hasOwn(ADJUSTMENTS, method) || !adjust) {
    throw new RangeError(`method must be one of ${P_ADJUST_METHODS.join(', ')}, got ${String(method)}`);
  }
  p.forEach((value, index) => {
    if (value !== null) requireProbability(`p[${index}]`, value);
  });
  const order = p.map((_, index) => index).filter((index) => p[index] !== null);
  order.sort((i, j) => p[i]! - p[j]!);
  const adjusted = adjust(order.map((index) => p[index]!));
  const result: (number | null)[] = p.map(() => null);
  order.forEach((index, rank) => {
    result[index] = Math.min(1, adjusted[rank]!);
  });
  return result;
}

/** From p-values in rising order to adjusted ones in the same order. */
type Adjustment = (sorted: readonly number[]) => number[];

const ADJUSTMENTS: Record<PAdjustMethod, Adjustment> = {
  bonferroni: (p) => p.map((value) => value * p.length),
  holm: (p) => stepDown(p.map((value, rank) => value * (p.length - rank))),
  hochberg: (p) => stepUp(p.map((value, rank) => value * (p.length - rank))),
  hommel,
  BH: (p) => stepUp(p.map((value, rank) => (value * p.length) / (rank + 1))),
  BY: (p) => stepUp(p.map((value, rank) => harmonic(p.length) * ((value * p.length) / (rank + 1)))),
  sidak: (p) => p.map((value) => sidakOf(value, p.length)),
  holm_sidak: (p) => stepDown(p.map((value, rank) => sidakOf(value, p.length - rank))),
};

/** 1 - (1 - p)^m without cancellation. */
function sidakOf(p: number, m: number): number {
  return m === 1 ? p : -Math.expm1(m * Math.log1p(-p));
}

function harmonic(n: number): number {
  let sum = 0;
  for (let k = 1; k <= n; k++) sum += 1 / k;
  return sum;
}

/** Running maximum from the smallest p on. */
function stepDown(values: readonly number[]): number[] {
  let most = 0;
  return values.map((value) => {
    most = Math.max(most, value);
    return most;
  });
}

/** Running minimum from the largest p down. */
function stepUp(values: readonly number[]): number[] {
  const result = [...values];
  for (let rank = result.length - 2; rank >= 0; rank--) result[rank] = Math.min(result[rank]!, result[rank + 1]!);
  return result;
}

/** Hommel 1988 by the algorithm of Wright 1992, as R's p.adjust. */
function hommel(p: readonly number[]): number[] {
  const n = p.length;
  if (n < 2) return [...p];
  const start = Math.min(...p.map((value, rank) => (n * value) / (rank + 1)));
  const q = p.map(() => start);
  const result = p.map(() => start);
  for (let m = n - 1; m >= 2; m--) {
    const first = n - m + 1;
    let least = Number.POSITIVE_INFINITY;
    for (let rank = first; rank < n; rank++) least = Math.min(least, (m * p[rank]!) / (rank - first + 2));
    for (let rank = 0; rank < first; rank++) q[rank] = Math.min(m * p[rank]!, least);
    for (let rank = first; rank < n; rank++) q[rank] = q[n - m]!;
    for (let rank = 0; rank < n; rank++) result[rank] = Math.max(result[rank]!, q[rank]!);
  }
  return result.map((value, rank) => Math.max(value, p[rank]!));
}
