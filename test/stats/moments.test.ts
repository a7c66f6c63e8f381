import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Moments,
  mergeMoments,
  momentsFromShiftedSums,
  momentsOf,
  NO_VALUES,
  sampleCovariance,
  skewness,
  standardDeviation,
  variance,
} from '../../stats/index.ts';
import { PROPERTY, relativeError } from './relative-error.ts';

const values = fc.array(
  fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 1024),
  { maxLength: 20 },
);

/** Scale of rounding: a second moment is known to about 1e-16 of the sum of squares about 0. */
function expectSame(a: Moments, b: Moments, raw: readonly number[]): void {
  const squares = raw.reduce((sum, x) => sum + x * x, 0);
  const cubes = raw.reduce((sum, x) => sum + Math.abs(x) ** 3, 0);
  expect(a.n).toBe(b.n);
  expect(Math.abs(a.mean - b.mean)).toBeLessThanOrEqual(1e-12 * Math.sqrt(squares));
  expect(Math.abs(a.m2 - b.m2)).toBeLessThanOrEqual(1e-12 * squares);
  expect(Math.abs(a.m3! - b.m3!)).toBeLessThanOrEqual(1e-11 * cubes);
}

describe('moments', () => {
  it('reach the certified values of NIST StRD NumAcc1, NumAcc3 and NumAcc4', () => {
    const alternating = (first: number, rest: [number, number]): number[] => [
      first,
      ...Array.from({ length: 1000 }, (_, i) => rest[i % 2]!),
    ];
    expect(standardDeviation(momentsOf([10000001, 10000003, 10000002]))).toBe(1);
    const third = momentsOf(alternating(1000000.2, [1000000.1, 1000000.3]));
    expect(relativeError(third.mean, 1000000.2)).toBeLessThan(1e-15);
    expect(relativeError(standardDeviation(third)!, 0.1)).toBeLessThan(1e-9);
    const fourth = momentsOf(alternating(10000000.2, [10000000.1, 10000000.3]));
    expect(relativeError(standardDeviation(fourth)!, 0.1)).toBeLessThan(1e-7);
  });

  it('merging is associative, and the same as taking all values at once', () => {
    fc.assert(
      fc.property(values, values, values, (x, y, z) => {
        const [a, b, c] = [momentsOf(x), momentsOf(y), momentsOf(z)];
        const all = [...x, ...y, ...z];
        const left = mergeMoments(mergeMoments(a, b), c);
        expectSame(left, mergeMoments(a, mergeMoments(b, c)), all);
        expectSame(left, momentsOf(all), all);
      }),
      PROPERTY,
    );
  });

  it('a shift moves the mean alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 }), (x) => {
        const moved = momentsOf(x.map((value) => value + 1e9));
        const plain = momentsOf(x);
        expect(Math.abs(moved.m2 - plain.m2)).toBeLessThanOrEqual(1e-9 * (1 + plain.m2));
        expect(relativeError(moved.mean, plain.mean + 1e9)).toBeLessThan(1e-15);
      }),
      PROPERTY,
    );
  });

  it('shifted sums give the moments of the values behind them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9999, max: 9999 }), { minLength: 1 }),
        fc.integer({ max: 9999 }),
        (x, c) => {
          const shift = Math.max(c, -9999);
          const power = (k: number): number => x.reduce((total, value) => total + (value - shift) ** k, 0);
          const sums = { n: x.length, shift, sum: power(1), sumOfSquares: power(2), sumOfCubes: power(3) };
          const all = [...x, shift, 1];
          expectSame(momentsFromShiftedSums(sums), momentsOf(x), all.concat(all));
        },
      ),
      PROPERTY,
    );
  });

  it('shifted sums keep a variance that n Σx² - (Σx)² in doubles loses', () => {
    // 3000 values, half of them 1e6 and half 1e6 + 1: the sums are exact in a double, their products are not
    const sums = { n: 3000, shift: 0, sum: 3000 * 1e6 + 1500, sumOfSquares: 3000 * 1e12 + 3000 * 1e6 + 1500 };
    expect(momentsFromShiftedSums(sums).m2).toBe(750);
  });

  it('says null where a statistic is undefined', () => {
    expect(variance(NO_VALUES)).toBeNull();
    expect(standardDeviation(momentsOf([4]))).toBeNull();
    expect(skewness(momentsOf([4, 4]))).toBeNull();
    expect(skewness({ n: 2, mean: 0, m2: 1 })).toBeNull();
    expect(sampleCovariance([1], [1])).toEqual({ n: 1, covariance: null, correlation: null });
    expect(sampleCovariance([1, 2], [3, 3])).toEqual({ n: 2, covariance: 0, correlation: null });
  });

  it('examples of the docstrings hold', () => {
    expect(momentsOf([1e9 + 1, 1e9 + 2, 1e9 + 3])).toEqual({ n: 3, mean: 1000000002, meanTail: 0, m2: 2, m3: 0 });
    expect(momentsFromShiftedSums({ n: 3, shift: 1e9, sum: 6, sumOfSquares: 14 })).toEqual({
      n: 3,
      mean: 1000000002,
      meanTail: 0,
      m2: 2,
    });
    expect(mergeMoments(momentsOf([1, 2]), momentsOf([6]))).toEqual({ n: 3, mean: 3, meanTail: 0, m2: 14, m3: 18 });
    expect(variance(momentsOf([1, 2, 3, 4, 5]))).toBe(2.5);
    expect(skewness(momentsOf([0, 0, 0, 4]))).toBeCloseTo(1.1547005383792515, 14);
    expect(sampleCovariance([1, 2, 3], [1, 2, 3])).toEqual({ n: 3, covariance: 1, correlation: 1 });
  });

  it.each<[string, () => unknown]>([
    ['values[1] must be a finite number, got NaN', () => momentsOf([1, Number.NaN])],
    [
      'n must be a whole number of at least 0, got -1',
      () => momentsFromShiftedSums({ n: -1, shift: 0, sum: 0, sumOfSquares: 0 }),
    ],
    [
      'sumOfSquares must be at least sum^2 / n = 50, got 1',
      () => momentsFromShiftedSums({ n: 2, shift: 0, sum: 10, sumOfSquares: 1 }),
    ],
    ['a.m2 must be a finite number of at least 0, got -1', () => mergeMoments({ n: 1, mean: 0, m2: -1 }, NO_VALUES)],
    ['x and y must have the same length, got 1 and 2', () => sampleCovariance([1], [1, 2])],
    ['y[0] must be a finite number, got Infinity', () => sampleCovariance([1], [Number.POSITIVE_INFINITY])],
  ])('refuses by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});
