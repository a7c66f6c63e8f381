import { exactly } from './expressions.ts';

/**
 * Exact sums of decimals, fast where they are short. A float `y` that has at most four decimals and is below 100,000 is a
 * whole number `k` of ten-thousandths, below 2^30: it is scaled, rounded, and taken if dividing brings the float back, so
 * that it prints as just this decimal. Such numbers are multiplied as bigint and added in 128 bits, at a fraction of the
 * cost of `numeric`, which takes the rest. Both give the same sums to the last digit.
 */
export const tenThousandths = (y: string): string =>
  `case when abs(${y}) < 1e5 and round(${y} * 1e4) / 1e4 = ${y} then round(${y} * 1e4)::bigint end`;

/** The decimal of a `y` that has no `k`. */
const rest = (y: string, k: string) => `case when ${k} is null then ${exactly(y)} end`;

const sumOf = (y: string, k: string): string => `(coalesce(sum(${k}), 0) * 0.0001 + coalesce(sum(${rest(y, k)}), 0))`;

const sumOfSquares = (y: string, k: string): string => {
  const q = rest(y, k);
  return `(coalesce(sum(${k} * ${k}), 0) * 0.00000001 + coalesce(sum(${q} * ${q}), 0))`;
};

/** k² is cut in two, whose products with k are bigints again. */
const sumOfCubes = (y: string, k: string): string => {
  const q = rest(y, k);
  return `((coalesce(sum((${k} * ${k} >> 30) * ${k}), 0) * 1073741824 + coalesce(sum((${k} * ${k} & 1073741823) * ${k}), 0))
    * 0.000000000001 + coalesce(sum(${q} * ${q} * ${q}), 0))`;
};

/** Σ ab of two values and their k. */
export const sumOfProducts = (a: string, ka: string, b: string, kb: string): string =>
  `(coalesce(sum(${ka} * ${kb}), 0) * 0.00000001
    + coalesce(sum(case when ${ka} is null or ${kb} is null then ${exactly(a)} * ${exactly(b)} end), 0))`;

/** Columns count, s1, s2, s3: how many values y there are (null is none), and the sums of their powers. */
export const powerSums = (y: string, k: string): string =>
  `count(${y}) as count, ${sumOf(y, k)} as s1, ${sumOfSquares(y, k)} as s2, ${sumOfCubes(y, k)} as s3`;

/** The same of values y less those of values x. */
export const powerChanges = (y: string, ky: string, x: string, kx: string): string =>
  `count(${y}) - count(${x}) as count, ${sumOf(y, ky)} - ${sumOf(x, kx)} as s1,
    ${sumOfSquares(y, ky)} - ${sumOfSquares(x, kx)} as s2, ${sumOfCubes(y, ky)} - ${sumOfCubes(x, kx)} as s3`;

/** Columns s, ss, sss: the same about a shift `c`, from these columns `g`; exact, because all of it is decimal. */
export const aboutShift = (g: string, c: string): string =>
  `${g}.s1 - ${g}.count * ${c} as s, ${g}.s2 - 2 * ${c} * ${g}.s1 + ${g}.count * ${c} * ${c} as ss,
    ${g}.s3 - 3 * ${c} * ${g}.s2 + 3 * ${c} * ${c} * ${g}.s1 - ${g}.count * ${c} * ${c} * ${c} as sss`;
