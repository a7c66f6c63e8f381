import { requireCount, requireFinite } from '../domain.ts';

/** A value, and how often it occurs in either sample. */
export interface ValueCount {
  readonly value: number;
  readonly control: number;
  readonly treatment: number;
}

/** What rank tests need of two samples. */
export interface RankCounts {
  /** Distinct values in order, each in a sample at least once. */
  readonly values: readonly ValueCount[];
  /** Sizes of both samples. */
  readonly nA: number;
  readonly nB: number;
  /** Twice the number of pairs with treatment above control, ties counting a half: a whole number. */
  readonly twiceU: number;
  /** Sum of t^3 - t over the groups of t equal values. */
  readonly tieSum: number;
}

/** Two samples as counts of their distinct values. */
export function countValues(control: readonly number[], treatment: readonly number[]): ValueCount[] {
  const [a, b] = [sorted('control', control), sorted('treatment', treatment)];
  const values: ValueCount[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const [startA, startB] = [i, j];
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    values.push({ value, control: i - startA, treatment: j - startB });
  }
  return values;
}

function sorted(name: string, values: readonly number[]): number[] {
  values.forEach((value, index) => {
    requireFinite(`${name}[${index}]`, value);
  });
  return [...values].sort((one, two) => one - two);
}

/** Pairs and ties by one walk over the distinct values, which may come in any order and hold counts of 0. */
export function rankCounts(given: readonly ValueCount[]): RankCounts {
  given.forEach(({ value, control, treatment }, index) => {
    requireFinite(`values[${index}].value`, value);
    requireCount(`values[${index}].control`, control);
    requireCount(`values[${index}].treatment`, treatment);
  });
  const values = given
    .filter(({ control, treatment }) => control + treatment > 0)
    .sort((one, two) => one.value - two.value);
  let [nA, nB, twiceU, tieSum] = [0, 0, 0, 0];
  values.forEach(({ value, control, treatment }, index) => {
    if (index > 0 && value === values[index - 1]!.value) {
      throw new RangeError(`values must be distinct, got ${value} twice`);
    }
    const size = control + treatment;
    tieSum += size ** 3 - size;
    twiceU += treatment * (2 * nA + control);
    nA += control;
    nB += treatment;
  });
  return { values, nA, nB, twiceU, tieSum };
}

/** Which samples are too small, in words; null if none is. */
export function missingValues(nA: number, nB: number, least: number): string | null {
  const missing = [['control', nA] as const, ['treatment', nB] as const].flatMap(([name, n]) =>
    n < least ? [`${name} has ${n} of at least ${least} values`] : [],
  );
  return missing.length === 0 ? null : missing.join('; ');
}
