import { requireFinite, requireProbability } from '../domain.ts';

/** Hyndman and Fan's nine definitions. */
export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/**
 * The quantile of a sample, by one of the nine definitions in use.
 *
 * Input: finite numbers in any order; p from 0 to 1; the type, 7 by default (as numpy, R and spreadsheets): 1 inverted
 * distribution function, 2 the same averaged at jumps, 3 nearest even rank, 4 to 9 linear between ranks n p, n p + 1/2
 * (Hazen), (n + 1) p (Weibull), (n - 1) p + 1, (n + 1/3) p + 1/3, (n + 1/4) p + 3/8.
 * Output: within the range of the values; `null` for an empty list.
 * Error: relative 1e-13 (numpy, R). A rank within 4 roundings of a whole one counts as whole, as in R: 0.07 of 100 is
 * the 7th value, although 0.07 × 100 is not 7 in binary.
 * Source: Hyndman and Fan 1996, American Statistician 50:361.
 * @throws RangeError if a value is not finite, p outside [0, 1] or the type unknown.
 * @example
 * sampleQuantile([1, 2, 3, 4], 0.5); // 2.5
 */
export function sampleQuantile(values: readonly number[], p: number, type: QuantileType = 7): number | null {
  requireProbability('p', p);
  if (!(Number.isInteger(type) && type >= 1 && type <= 9)) {
    throw new RangeError(`type must be a whole number from 1 to 9, got ${String(type)}`);
  }
  return values.length === 0 ? null : sortedQuantile(sortedValues('values', values), p, type);
}

/** A sorted copy of finite numbers. */
export function sortedValues(name: string, values: readonly number[]): number[] {
  values.forEach((value, index) => {
    requireFinite(`${name}[${index}]`, value);
  });
  return [...values].sort((one, two) => one - two);
}

/** The same for values that are sorted and not empty. */
export function sortedQuantile(sorted: readonly number[], p: number, type: QuantileType = 7): number {
  const n = sorted.length;
  const { rank, fraction } = splitRank(rankOf(n, p, type), n);
  const at = (k: number): number => sorted[Math.min(n, Math.max(1, k)) - 1]!;
  const weight = weightOf(type, rank, fraction);
  const [low, high] = [at(rank), at(rank + 1)];
  if (weight === 0 || low === high) return low;
  return weight === 1 ? high : (1 - weight) * low + weight * high;
}

/** The rank, in general not whole, that p asks for. */
function rankOf(n: number, p: number, type: QuantileType): number {
  if (type === 3) return n * p - 0.5;
  if (type <= 4) return n * p;
  if (type === 5) return n * p + 0.5;
  if (type === 6) return (n + 1) * p;
  if (type === 7) return (n - 1) * p + 1;
  return type === 8 ? (n + 1 / 3) * p + 1 / 3 : (n + 0.25) * p + 0.375;
}

function splitRank(exact: number, n: number): { rank: number; fraction: number } {
  const nearest = Math.round(exact);
  if (Math.abs(exact - nearest) <= 4 * Number.EPSILON * n) return { rank: nearest, fraction: 0 };
  const rank = Math.floor(exact);
  return { rank, fraction: exact - rank };
}

/** How much of the next value counts. */
function weightOf(type: QuantileType, rank: number, fraction: number): number {
  if (type === 1) return fraction > 0 ? 1 : 0;
  if (type === 2) return fraction > 0 ? 1 : 0.5;
  if (type === 3) return fraction > 0 || rank % 2 !== 0 ? 1 : 0;
  return fraction;
}
