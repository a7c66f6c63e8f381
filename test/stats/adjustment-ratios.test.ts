import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CoMoments,
  clusterDifference,
  clustersOf,
  coMomentsFromShiftedSums,
  coMomentsOf,
  designEffect,
  meanDifference,
  meanSummary,
  mergeCoMoments,
  momentsOf,
  ratioCuped,
  ratioDifference,
  ratioOfSums,
} from '../../stats/index.ts';
import reference from './fixtures/adjustment-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const count = fc.integer({ min: 0, max: 60 });
const units = fc.array(fc.tuple(count, count), { minLength: 3, maxLength: 30 });
const columns = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, j) => rows.map((row) => row[j]!));

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: 'ok' }>;
}

/** Numerator and denominator of the delta variance in whole numbers: Σ(S_x y - S_y x)² n / ((n - 1) S_x⁴). */
function exactVariance(rows: readonly (readonly [number, number])[]): number {
  const n = BigInt(rows.length);
  const big = rows.map(([y, x]) => [BigInt(y), BigInt(x)] as const);
  const [sumY, sumX] = [big.reduce((s, [y]) => s + y, 0n), big.reduce((s, [, x]) => s + x, 0n)];
  const squares = big.reduce((s, [y, x]) => s + (sumX * y - sumY * x) ** 2n, 0n);
  return Number((squares * n * 10n ** 40n) / ((n - 1n) * sumX ** 4n)) / 1e40;
}

describe('co-moments', () => {
  it('merge to those of the whole, and come back from shifted sums, at values near 1e9', () => {
    fc.assert(
      fc.property(units, units, (a, b) => {
        const far = (rows: readonly (readonly number[])[]): number[][] =>
          columns(rows).map((column, j) => column.map((x) => x + (j === 0 ? 1e9 : -3e8)));
        const whole = coMomentsOf(far([...a, ...b]));
        const merged = mergeCoMoments(coMomentsOf(far(a)), coMomentsOf(far(b)));
        const near = columns([...a, ...b]);
        const sum = (j: number, k: number): number => near[j]!.reduce((s, x, i) => s + x * near[k]![i]!, 0);
        const shifted = coMomentsFromShiftedSums({
          n: near[0]!.length,
          shifts: [1e9, -3e8],
          sums: near.map((column) => column.reduce((s, x) => s + x, 0)),
          products: [
            [sum(0, 0), sum(0, 1)],
            [sum(1, 0), sum(1, 1)],
          ],
        });
        const exact = coMomentsOf(near);
        for (const moments of [whole, merged, shifted]) {
          for (const [j, k] of [
            [0, 0],
            [0, 1],
            [1, 1],
          ] as const) {
            const size = Math.sqrt(exact.products[j]![j]! * exact.products[k]![k]!) + 1;
            expect(Math.abs(moments.products[j]![k]! - exact.products[j]![k]!)).toBeLessThan(1e-11 * size);
          }
          expect(Math.abs(moments.means[0]! - 1e9 - exact.means[0]!)).toBeLessThan(1e-6);
        }
      }),
      PROPERTY,
    );
  });

  it('refuse tables that no values have', () => {
    const impossible: CoMoments = {
      n: 3,
      means: [1, 1],
      products: [
        [1, 2],
        [2, 1],
      ],
    };
    expect(() => ratioOfSums(impossible)).toThrow(/products\[1\]\[0\]/);
    expect(() => ratioOfSums({ n: 3, means: [1], products: [[1]] })).toThrow(RangeError);
    expect(() =>
      ratioOfSums({
        n: 3,
        means: [1, Number.NaN],
        products: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).toThrow(/NaN/);
    expect(() => coMomentsOf([[1, 2], [1]])).toThrow(RangeError);
    expect(() => mergeCoMoments(impossible, coMomentsOf([[1], [2]]))).toThrow(/a\.products/);
  });
});

describe('ratio metrics', () => {
  it('have the delta variance of exact whole numbers', () => {
    fc.assert(
      fc.property(units, (rows) => {
        const result = ratioOfSums(coMomentsOf(columns(rows)));
        const total = rows.reduce((sum, [, x]) => sum + x, 0);
        if (total === 0) return expect(result.status).toBe('undefined');
        const exact = exactVariance(rows);
        const { varianceOfRatio, ratio } = ok(result);
        expect(Math.abs(varianceOfRatio - exact)).toBeLessThanOrEqual(1e-12 * exact + 1e-14 * ratio * ratio);
      }),
      PROPERTY,
    );
  });

  it('with a denominator of 1 throughout are the difference of means', () => {
    const one = (y: number[]): CoMoments => coMomentsOf([y, y.map(() => 1)]);
    const [a, b] = [
      [1, 2, 2, 5],
      [2, 4, 3, 6, 9],
    ];
    const result = ok(ratioDifference(one(a!), one(b!)));
    const welch = ok(meanDifference(meanSummary(momentsOf(a!)), meanSummary(momentsOf(b!))));
    expect(relativeError(result.p, welch.p)).toBeLessThan(1e-12);
    expect(result.degreesOfFreedom).toBeCloseTo(welch.degreesOfFreedom, 10);
    expect(result.numerator).toMatchObject({ status: 'ok', estimate: welch.estimate });
    expect(result.denominator).toEqual({ status: 'no_variance', estimate: 0 });
  });

  it('keep units without a denominator: they cost precision and leave the ratio', () => {
    const without = ok(
      ratioOfSums(
        coMomentsOf([
          [3, 1, 4],
          [4, 2, 5],
        ]),
      ),
    );
    const all = ok(
      ratioOfSums(
        coMomentsOf([
          [3, 1, 4, 0, 0],
          [4, 2, 5, 0, 0],
        ]),
      ),
    );
    expect(all.n).toBe(5);
    expect(all.ratio).toBeCloseTo(without.ratio, 14);
    expect(all.clusterVariance).toBeCloseTo(without.clusterVariance, 14);
    expect(all.varianceOfRatio).toBeLessThan(without.varianceOfRatio);
  });

  it('p, interval and lift decide alike', () => {
    fc.assert(
      fc.property(units, units, fc.constantFrom<'welch' | 'normal'>('welch', 'normal'), (a, b, critical) => {
        const result = ratioDifference(coMomentsOf(columns(a)), coMomentsOf(columns(b)), { critical, level: 0.7 });
        if (result.status !== 'ok') return;
        const excludes = result.interval.lower > 0 || result.interval.upper < 0;
        expect(excludes).toBe(result.p < 1 - result.level);
        const { set } = result.lift;
        if (set.kind === 'bounded') expect(set.lower > 0 || set.upper < 0).toBe(excludes);
      }),
      PROPERTY,
    );
  });

  it('say why there is no answer', () => {
    const fine = coMomentsOf([
      [1, 2],
      [2, 3],
    ]);
    const empty = coMomentsOf([
      [1, 2],
      [0, 0],
    ]);
    const fixed = coMomentsOf([
      [2, 4, 9],
      [1, 2, 4.5],
    ]);
    expect(ratioDifference(fine, empty)).toMatchObject({ status: 'undefined', reason: /treatment/ });
    expect(ratioDifference(coMomentsOf([[1], [2]]), fine)).toMatchObject({
      status: 'insufficient',
      missing: /control/,
    });
    expect(ratioDifference(fixed, fixed)).toEqual({ status: 'no_variance', estimate: 0 });
    expect(() => ratioDifference(fine, fine, { level: 0 })).toThrow(/level/);
  });

  it('adjusted by a covariate of denominator 1 are CUPED with theta from unit covariances', () => {
    const post = [
      [3, 5, 2, 8, 4],
      [4, 7, 3, 9, 5, 6],
    ];
    const pre = [
      [2, 4, 2, 7, 5],
      [3, 5, 2, 8, 4, 6],
    ];
    const arm = (k: number): CoMoments => {
      const one = post[k]!.map(() => 1);
      return coMomentsOf([post[k]!, one, pre[k]!, one]);
    };
    const result = ok(ratioCuped(arm(0), arm(1)));
    const cov = (k: number): number => coMomentsOf([post[k]!, pre[k]!]).products[0]![1]! / (post[k]!.length - 1);
    const spread = (k: number): number => momentsOf(pre[k]!).m2 / (pre[k]!.length - 1);
    expect(result.theta).toBeCloseTo((cov(0) + cov(1)) / (spread(0) + spread(1)), 13);
    const adjusted = post.map((y, k) => meanSummary(momentsOf(y.map((v, i) => v - result.theta * pre[k]![i]!))));
    const welch = ok(meanDifference(adjusted[0]!, adjusted[1]!));
    expect(relativeError(result.p, welch.p)).toBeLessThan(1e-10);
    const flat = coMomentsOf([
      [1, 2, 4],
      [2, 3, 3],
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(ratioCuped(flat, flat)).toMatchObject({ theta: 0, varianceRatio: 1 });
  });
});

describe('clusters', () => {
  it('meet the matrices of CR2 and Satterthwaite in 50 digits, also with clusters in both arms', () => {
    for (const { outcome, treated, cluster, estimate, CR0, CR2, df } of reference.clusters) {
      const result = ok(clusterDifference(clustersOf(outcome, treated, cluster)));
      expect(relativeError(result.estimate, estimate)).toBeLessThan(1e-12);
      expect(relativeError(result.standardErrors.CR0, CR0)).toBeLessThan(1e-12);
      expect(relativeError(result.standardError, CR2)).toBeLessThan(1e-12);
      expect(relativeError(result.degreesOfFreedom, df)).toBeLessThan(1e-12);
    }
  });

  it('of one unit each are the difference of means with its degrees of freedom for equal variances', () => {
    const [y, treated] = [
      [1, 4, 2, 8, 9, 12],
      [false, false, false, true, true, true],
    ];
    const result = ok(clusterDifference(clustersOf(y, treated, [1, 2, 3, 4, 5, 6])));
    const welch = ok(meanDifference(meanSummary(momentsOf([1, 4, 2])), meanSummary(momentsOf([8, 9, 12]))));
    expect(relativeError(result.standardError, welch.standardError)).toBeLessThan(1e-13);
    expect(result.degreesOfFreedom).toBeCloseTo(4, 12);
    expect(result.intraclassCorrelation).toBeNull();
  });

  it('are refused below two in an arm and marked below five', () => {
    const clusters = clustersOf([1, 2, 5, 6, 3, 4], [false, false, true, true, false, true], [1, 1, 2, 2, 3, 4]);
    expect(ok(clusterDifference(clusters)).fewClusters).toBe(true);
    expect(clusterDifference(clusters.slice(0, 2))).toMatchObject({ status: 'insufficient', missing: /control has 1/ });
    expect(clusterDifference([])).toMatchObject({ status: 'insufficient' });
    const alike = clustersOf([1, 3, 1, 3, 4, 6, 4, 6], [0, 0, 0, 0, 1, 1, 1, 1].map(Boolean), [1, 1, 2, 2, 3, 3, 4, 4]);
    expect(clusterDifference(alike)).toEqual({ status: 'no_variance', estimate: 3 });
    expect(() => clustersOf([1, 2], [true], [1, 2])).toThrow(RangeError);
    expect(() => clusterDifference([{ control: { n: -1, mean: 0, m2: 0 } }])).toThrow(/clusters\[0\]\.control\.n/);
  });

  it('inflate the variance by the design effect, which refuses what cannot be', () => {
    expect(designEffect({ clusterSize: 21, icc: 0.15 })).toBeCloseTo(4, 14);
    expect(designEffect({ clusterSize: 1, icc: 0.9 })).toBe(1);
    for (const shape of [
      { clusterSize: 0, icc: 0 },
      { clusterSize: 5, icc: -1 },
      { clusterSize: 5, icc: Number.NaN },
    ]) {
      expect(() => designEffect(shape)).toThrow(RangeError);
    }
    expect(() => designEffect({ clusterSize: 5, icc: 0.1, cv: -1 })).toThrow(/cv/);
  });
});
