import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bivariateNormalCdf,
  clusteredQuantile,
  digamma,
  normalCdf,
  type QuantileType,
  quantileInterval,
  quantileRanks,
  sampleQuantile,
  winsorise,
} from '../../stats/index.ts';
import reference from './fixtures/rank-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 });

describe('quantiles of a sample', () => {
  it.each(reference.quantiles.rows)('all nine types agree with numpy at p = $p', ({ p, types }) => {
    types.forEach((expected, index) => {
      const actual = sampleQuantile(reference.quantiles.values, p, (index + 1) as QuantileType);
      expect(relativeError(actual!, expected)).toBeLessThan(1e-13);
    });
  });

  it('lies within the sample, rises with p, and mirrors for the symmetric types', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 9 }), (x, p, type) => {
        const at = (q: number) => sampleQuantile(x, q, type as QuantileType)!;
        expect(at(p)).toBeGreaterThanOrEqual(Math.min(...x));
        expect(at(p)).toBeLessThanOrEqual(Math.max(...x));
        expect(at(p / 2)).toBeLessThanOrEqual(at(p) + 1e-12);
        if (type >= 5)
          expect(
            -sampleQuantile(
              x.map((v) => -v),
              1 - p,
              type as QuantileType,
            )!,
          ).toBeCloseTo(at(p), 9);
      }),
      PROPERTY,
    );
  });

  it('0.07 of 100 values is the 7th, although 0.07 × 100 is not 7 in binary', () => {
    const hundred = Array.from({ length: 100 }, (_, k) => k + 1);
    expect(0.07 * 100).not.toBe(7);
    expect(sampleQuantile(hundred, 0.07, 1)).toBe(7);
    expect(sampleQuantile([], 0.5)).toBeNull();
    expect(() => sampleQuantile([1], 1.5)).toThrow(RangeError);
    expect(() => sampleQuantile([Number.NaN], 0.5)).toThrow(RangeError);
    expect(() => sampleQuantile([1], 0.5, 10 as QuantileType)).toThrow(RangeError);
  });
});

describe('the interval of a quantile by ranks', () => {
  it.each(reference.ranks)('n = $n, p = $p, level $level: ranks and coverage as scipy', (row) => {
    const ranks = quantileRanks(row.n, row.p, { level: row.level });
    expect(ranks.lowerRank).toBe(row.lower);
    expect(ranks.upperRank).toBe(row.upper);
    expect(ranks.coverage).toBeCloseTo(row.coverage, 11);
  });

  it('each side misses with at most half of 1 - level, and one rank further in would miss more', () => {
    const mass = (n: number, p: number): number[] => {
      let row = [1];
      for (let k = 0; k < n; k++) row = [...row, 0].map((_, x) => (row[x] ?? 0) * (1 - p) + (row[x - 1] ?? 0) * p);
      return row;
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 19 }), (n, twentieths) => {
        const p = twentieths / 20;
        const row = mass(n, p);
        const sum = (from: number, to: number): number => row.slice(from, to).reduce((total, each) => total + each, 0);
        const { lowerRank, upperRank, coverage } = quantileRanks(n, p);
        const [low, high] = [lowerRank ?? 0, upperRank ?? n + 1];
        expect(sum(0, low)).toBeLessThanOrEqual(0.025);
        expect(sum(high, n + 1)).toBeLessThanOrEqual(0.025);
        expect(sum(0, low + 1)).toBeGreaterThan(0.025);
        expect(sum(high - 1, n + 1)).toBeGreaterThan(0.025);
        expect(coverage).toBeCloseTo(sum(low, high), 12);
      }),
      PROPERTY,
    );
  });

  it('is unbounded where the sample cannot bound it', () => {
    expect(quantileInterval([3, 1, 2], 0.5)).toMatchObject({ lower: -Infinity, upper: Infinity, coverage: 1 });
    expect(quantileInterval([9, 1, 8, 2, 7, 3, 6, 4, 5, 10], 0.5)).toMatchObject({ lower: 2, upper: 9 });
    for (const p of [0, 1, Number.NaN]) expect(() => quantileRanks(5, p)).toThrow(RangeError);
    expect(() => quantileRanks(1.5, 0.5)).toThrow(RangeError);
    expect(() => quantileRanks(5, 0.5, { level: 1 })).toThrow(RangeError);
  });
});

describe('quantiles of clustered values', () => {
  it('clusters of one value: the error of a share, with n - 1', () => {
    const x = Array.from({ length: 50 }, (_, k) => (k * 37) % 50);
    const result = clusteredQuantile(
      x.map((value) => [value]),
      0.3,
    );
    if (result.status !== 'ok') throw new Error(result.status);
    expect(result.quantile).toBe(14);
    expect(result.shareError).toBeCloseTo(Math.sqrt((0.3 * 0.7) / 49), 13);
    expect(result.designEffect).toBeCloseTo(50 / 49, 12);
  });

  it('every value k times in its cluster: the design effect grows k-fold, the error stays', () => {
    const x = Array.from({ length: 40 }, (_, k) => (k * 17) % 40);
    const once = clusteredQuantile(
      x.map((value) => [value]),
      0.4,
    );
    const thrice = clusteredQuantile(
      x.map((value) => [value, value, value]),
      0.4,
    );
    if (once.status !== 'ok' || thrice.status !== 'ok') throw new Error('expected ok');
    expect(thrice.shareError).toBeCloseTo(once.shareError, 13);
    expect(thrice.designEffect).toBeCloseTo(3 * once.designEffect, 11);
  });

  it('says where an end is no bound, and what is missing', () => {
    expect(clusteredQuantile([[1, 2], [3, 4], [5]], 0.99)).toMatchObject({ cut: { lower: true, upper: true } });
    expect(clusteredQuantile([[1], []], 0.5)).toEqual({
      status: 'insufficient',
      missing: '1 of at least 2 clusters with values',
    });
    expect(() => clusteredQuantile([[1], [Number.NaN]], 0.5)).toThrow(RangeError);
    expect(() => clusteredQuantile([[1], [2]], 0)).toThrow(RangeError);
    expect(clusteredQuantile([[1, 2], [2, 3, 4], [5]], 0.5)).toMatchObject({ quantile: 2 });
  });
});

describe('winsorising', () => {
  it('takes the limits from all arms together', () => {
    const { limits, arms } = winsorise(
      [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 200],
        [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      ],
      { upper: 0.95 },
    );
    expect(limits.cap).toBeCloseTo(20.45, 10);
    expect(arms.map((arm) => arm.capped)).toEqual([0.1, 0]);
    expect(arms[1]!.moments.mean - arms[0]!.moments.mean).toBeCloseTo(6.5 - 6.545, 12);
  });

  it('leaves everything within the limits and changes nothing by default', () => {
    fc.assert(
      fc.property(
        values,
        values,
        fc.integer({ min: 0, max: 10 }),
        fc.integer({ min: 10, max: 20 }),
        (a, b, low, high) => {
          const { limits, arms } = winsorise([a, b], { lower: low / 20, upper: high / 20 });
          const [floor, cap] = [limits.floor ?? -Infinity, limits.cap ?? Infinity];
          expect(arms[0]!.moments.mean).toBeGreaterThanOrEqual(Math.max(floor, Math.min(cap, ...a)) - 1e-12);
          expect(arms[0]!.moments.mean).toBeLessThanOrEqual(Math.min(cap, Math.max(floor, ...a)) + 1e-12);
          expect(arms[0]!.capped).toBe(a.filter((value) => value > cap).length / a.length);
          expect(arms[1]!.raised).toBe(b.filter((value) => value < floor).length / b.length);
          const plain = winsorise([a]);
          expect(plain.limits).toEqual({ floor: null, cap: null });
          expect(plain.arms[0]!.moments.mean).toBeCloseTo(a.reduce((sum, value) => sum + value, 0) / a.length, 10);
        },
      ),
      PROPERTY,
    );
  });

  it('does not cap a metric that is mostly 0 to 0 if zeros are ignored', () => {
    const sparse = [...Array.from({ length: 90 }, () => 0), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(winsorise([sparse], { upper: 0.9 }).limits.cap).toBeLessThan(1);
    expect(winsorise([sparse], { upper: 0.9, ignoreZeros: true }).limits.cap).toBeCloseTo(9.1, 12);
    expect(winsorise([[0, 0]], { upper: 0.9, ignoreZeros: true }).limits).toEqual({ floor: null, cap: null });
    expect(winsorise([[], [1]], { upper: 0.5 }).arms[0]).toMatchObject({ capped: 0, moments: { n: 0 } });
    expect(() => winsorise([[1]], { lower: 0.6, upper: 0.5 })).toThrow(RangeError);
    expect(() => winsorise([[Number.NaN]])).toThrow(RangeError);
    expect(() => winsorise([[1]], { upper: 2 })).toThrow(RangeError);
    expect(winsorise([[1, 2, 3, 4, 100]], { upper: 0.75 }).limits.cap).toBe(4);
  });
});

describe('the bivariate normal and digamma', () => {
  it.each(reference.bivariate)('P(X < $h, Y < $k) at correlation $rho is right to 12 digits', ({ h, k, rho, cdf }) => {
    expect(relativeError(bivariateNormalCdf(h, k, rho), cdf)).toBeLessThan(1e-12);
    expect(relativeError(bivariateNormalCdf(k, h, rho), cdf)).toBeLessThan(1e-12);
  });

  it('both correlations share out the margin; the ends and infinities are those of one normal', () => {
    const place = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(place, place, fc.double({ min: -0.99, max: 0.99, noNaN: true }), (h, k, rho) => {
        const sum = bivariateNormalCdf(h, k, rho) + bivariateNormalCdf(h, -k, -rho);
        expect(relativeError(sum, normalCdf(h))).toBeLessThan(1e-11);
      }),
      { ...PROPERTY, numRuns: 100 },
    );
    expect(bivariateNormalCdf(1, 2, 1)).toBe(normalCdf(1));
    expect(bivariateNormalCdf(1, -2, -1)).toBe(0);
    expect(bivariateNormalCdf(1, 2, -1)).toBeCloseTo(normalCdf(1) - normalCdf(-2), 15);
    expect(bivariateNormalCdf(1, Infinity, 0.3)).toBe(normalCdf(1));
    expect(bivariateNormalCdf(-Infinity, 1, 0.3)).toBe(0);
    expect(() => bivariateNormalCdf(0, 0, 1.1)).toThrow(RangeError);
    expect(() => bivariateNormalCdf(Number.NaN, 0, 0)).toThrow(RangeError);
  });

  it.each(reference.digamma)('digamma($x) is right to 14 digits', ({ x, value }) => {
    expect(relativeError(digamma(x), value)).toBeLessThan(1e-14);
  });

  it('digamma rises by 1 / x from x to x + 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e4, noNaN: true }), (x) => {
        expect(Math.abs(digamma(x + 1) - digamma(x) - 1 / x)).toBeLessThan(1e-13 * (1 + 1 / x));
      }),
      PROPERTY,
    );
    expect(() => digamma(0)).toThrow(RangeError);
    expect(() => digamma(Number.NaN)).toThrow(RangeError);
  });
});
