import { requireFinite } from '../domain.ts';

/** What rank tests need of two samples. */
export interface RankCounts {
  /** Both samples, sorted. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Twice the number of pairs with b above a, ties counting a half: a whole number. */
  readonly twiceU: number;
  /** Sizes of the groups of equal values in both samples together, in the order of the values. */
  readonly groups: readonly number[];
  /** Sum of t^3 - t over the groups of t equal values. */
  readonly tieSum: number;
}

/** Counts pairs and ties by one walk over both sorted samples. */
export function rankCounts(control: readonly number[], treatment: readonly number[]): RankCounts {
  const [a, b] = [sorted('control', control), sorted('treatment', treatment)];
  const groups: number[] = [];
  let [i, j, twiceU, tieSum] = [0, 0, 0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const [startA, startB] = [i, j];
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const size = i - startA + (j - startB);
    groups.push(size);
    tieSum += size ** 3 - size;
    twiceU += (j - startB) * (startA + i);
  }
  return { a, b, twiceU, groups, tieSum };
}

function sorted(name: string, values: readonly number[]): number[] {
  values.forEach((value, index) => {
    requireFinite(`${name}[${index}]`, value);
  });
  return [...values].sort((one, two) => one - two);
}

/** The ranks of sorted values within a sorted sample that may hold them: number below plus (number equal + 1) / 2. */
export function midRanks(values: readonly number[], sample: readonly number[]): number[] {
  let [below, upTo] = [0, 0];
  return values.map((value) => {
    while (below < sample.length && sample[below]! < value) below++;
    while (upTo < sample.length && sample[upTo]! <= value) upTo++;
    return below + (upTo - below + 1) / 2;
  });
}

/** Which arms are too small, in words; null if none is. */
export function missingValues(control: readonly number[], treatment: readonly number[], least: number): string | null {
  const missing = [['control', control.length] as const, ['treatment', treatment.length] as const].flatMap(
    ([name, n]) => (n < least ? [`${name} has ${n} of at least ${least} values`] : []),
  );
  return missing.length === 0 ? null : missing.join('; ');
}
