import { requireErrorRate } from '../domain.ts';

/**
 * Which hypotheses to reject by their e-values, so that at most a share `rate` of the rejections is false on average.
 *
 * Input: e-values, at least 0, `Infinity` allowed, `null` for those that are undefined (they are no tests); the rate.
 * Output: the places of the rejected, from 0, rising: the k largest, k the largest number with e_(k) >= m / (k rate).
 * Error: exact. Assumes: nothing about dependence; each e-value has a mean of at most 1 under its hypothesis, at the time
 * of looking: this is the procedure for sequential tests.
 * Source: Wang and Ramdas 2022, JRSS B 84:822.
 * @throws RangeError if an e-value is negative or not a number, or the rate outside (0, 1).
 * @example
 * eBenjaminiHochberg([400, 3, 55, 28, 0.2, 12], 0.05); // [0]
 */
export function eBenjaminiHochberg(e: readonly (number | null)[], rate: number): number[] {
  requireErrorRate('rate', rate);
  e.forEach((value, index) => {
    if (value !== null && !(value >= 0)) throw new RangeError(`e[${index}] must be at least 0, got ${String(value)}`);
  });
  const order = e.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  order.sort((one, two) => (two.value === one.value ? one.index - two.index : two.value - one.value));
  let rejected = 0;
  order.forEach(({ value }, rank) => {
    if (value * (rank + 1) * rate >= order.length) rejected = rank + 1;
  });
  return order
    .slice(0, rejected)
    .map(({ index }) => index)
    .sort((one, two) => one - two);
}
