import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deltaLift,
  fiellerSet,
  logDeltaLift,
  type MeanLift,
  type MeanSummary,
  meanDifference,
  meanLift,
  meanSummary,
  momentsOf,
  pairedDifference,
  pooledMeanDifference,
  zMeanDifference,
} from '../../stats/index.ts';
import { PROPERTY, relativeError } from './relative-error.ts';

const arm: fc.Arbitrary<MeanSummary> = fc.record({
  n: fc.integer({ min: 2, max: 5000 }),
  mean: fc.integer({ min: -3000, max: 3000 }).map((value) => value / 256),
  variance: fc.integer({ min: 1, max: 50_000 }).map((value) => value / 128),
});
const level = fc.constantFrom(0.5, 0.9, 0.95, 0.999);

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${result.status}`);
  return result as Extract<T, { status: 'ok' }>;
}

describe('the difference of two means', () => {
  it("meets Welch's t on Darwin's maize as R's t.test gives it", () => {
    const crossed = [23.5, 12, 21, 22, 19.125, 21.5, 22.125, 20.375, 18.25, 21.625, 23.25, 21, 22.125, 23, 12];
    const selfed = [17.375, 20.375, 20, 20, 18.375, 18.625, 18.625, 15.25, 16.5, 18, 16.25, 18, 12.75, 15.5, 18];
    const result = ok(meanDifference(meanSummary(momentsOf(crossed)), meanSummary(momentsOf(selfed))));
    expect(result.statistic).toBeCloseTo(-2.4371, 4);
    expect(result.degreesOfFreedom).toBeCloseTo(22.164, 3);
    expect(result.p).toBeCloseTo(0.02328, 5);
  });

  it("meets Student's paired t on his sleep data: t = 4.0621, df = 9, p = 0.002833", () => {
    const a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const result = ok(pairedDifference(a, b));
    expect(result.statistic).toBeCloseTo(4.0621, 4);
    expect(result.degreesOfFreedom).toBe(9);
    expect(result.p).toBeCloseTo(0.002833, 6);
  });

  it('p is below 1 - level exactly when the interval excludes 0, for Welch, Student and z', () => {
    fc.assert(
      fc.property(arm, arm, level, (a, b, confidence) => {
        for (const test of [meanDifference, pooledMeanDifference, zMeanDifference]) {
          const { p, interval } = ok(test(a, b, { level: confidence }));
          expect(interval.lower > 0 || interval.upper < 0).toBe(p < 1 - confidence);
        }
      }),
      { ...PROPERTY, numRuns: 1000 },
    );
  });

  it('one-sided limits exclude 0 exactly when the one-sided p is below 1 - level', () => {
    fc.assert(
      fc.property(arm, arm, level, (a, b, confidence) => {
        const result = ok(meanDifference(a, b, { level: confidence }));
        expect(result.lowerLimit > 0).toBe(result.pGreater < 1 - confidence);
        expect(result.upperLimit < 0).toBe(result.pLess < 1 - confidence);
      }),
      PROPERTY,
    );
  });

  it('swapping arms flips the sign, scaling by 4 scales, a common shift changes nothing', () => {
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const plain = ok(meanDifference(a, b));
        const swapped = ok(meanDifference(b, a));
        expect(swapped.estimate).toBe(0 - plain.estimate);
        expect(swapped.interval.lower).toBe(-plain.interval.upper);
        expect(swapped.p).toBe(plain.p);
        const scale = (s: MeanSummary): MeanSummary => ({ ...s, mean: s.mean * 4, variance: s.variance! * 16 });
        const scaled = ok(meanDifference(scale(a), scale(b)));
        expect(scaled.interval.lower).toBe(4 * plain.interval.lower);
        expect(scaled.p).toBe(plain.p);
        const shift = (s: MeanSummary): MeanSummary => ({ ...s, mean: s.mean + 1024 });
        expect(ok(meanDifference(shift(a), shift(b)))).toEqual(plain);
      }),
      PROPERTY,
    );
  });

  it('an arm without variance drops out of the degrees of freedom', () => {
    const constant = { n: 50, mean: 3, variance: 0 };
    expect(ok(meanDifference(constant, { n: 20, mean: 4, variance: 2 })).degreesOfFreedom).toBeCloseTo(19, 12);
  });

  it('says no_variance and insufficient in place of a p-value', () => {
    const constant = { n: 50, mean: 3, variance: 0 };
    expect(meanDifference(constant, { n: 60, mean: 3, variance: 0 })).toEqual({ status: 'no_variance', estimate: 0 });
    expect(pairedDifference([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])).toMatchObject({ status: 'no_variance' });
    expect(meanDifference({ n: 1, mean: 3, variance: null }, constant)).toEqual({
      status: 'insufficient',
      missing: 'control has 1 of at least 2 units',
    });
    expect(meanLift({ n: 0, mean: 0, variance: null }, { n: 1, mean: 0, variance: null })).toEqual({
      status: 'insufficient',
      missing: 'control has 0 of at least 2 units; treatment has 1 of at least 2 units',
    });
    expect(pairedDifference([1], [2])).toEqual({ status: 'insufficient', missing: '1 of at least 2 pairs' });
  });

  it('examples of the docstrings hold', () => {
    const a = { n: 20, mean: 5, variance: 16 };
    const b = { n: 22, mean: 7, variance: 20 };
    expect(ok(meanDifference(a, b)).p).toBeCloseTo(0.1339, 4);
    const pair: [MeanSummary, MeanSummary] = [
      { n: 2, mean: 1.5, variance: 0.5 },
      { n: 2, mean: 9, variance: 2 },
    ];
    expect(ok(pooledMeanDifference(...pair)).p).toBeCloseTo(0.0215, 4);
    const z = ok(zMeanDifference({ n: 800, mean: -4.2, variance: 3.3 }, { n: 820, mean: -5, variance: 2.9 }));
    expect(relativeError(z.p, 6.264137026879244e-20)).toBeLessThan(1e-10);
    expect(ok(pairedDifference([1, 2, 3, 4], [2, 2, 5, 5])).estimate).toBe(1);
    expect(ok(meanLift(a, b)).estimate).toBeCloseTo(0.4, 14);
    expect(ok(deltaLift(a, b))).toMatchObject({ estimate: 0.4, standardError: expect.closeTo(0.31477, 4) });
    expect(ok(logDeltaLift(a, b)).logRatio).toBeCloseTo(0.33647, 4);
  });
});

describe('the relative lift of a mean', () => {
  const zero = (lift: MeanLift): boolean => {
    if (lift.set.kind === 'whole_line') return true;
    if (lift.set.kind === 'bounded') return lift.set.lower <= 0 && lift.set.upper >= 0;
    return lift.set.below >= 0 || lift.set.above <= 0;
  };

  it("Fieller's set contains no lift exactly when Welch's test does not reject, whatever its shape", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(arm, arm, level, (a, b, confidence) => {
        const lift = ok(meanLift(a, b, { level: confidence }));
        kinds.add(lift.set.kind);
        expect(zero(lift)).toBe(ok(meanDifference(a, b, { level: confidence })).p >= 1 - confidence);
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
    expect([...kinds].sort()).toEqual(['bounded', 'outside', 'whole_line']);
  });

  it('a rise from a negative baseline is a positive lift', () => {
    const lift = ok(meanLift({ n: 1000, mean: -10, variance: 40 }, { n: 1000, mean: -5, variance: 40 }));
    expect(lift.estimate).toBe(0.5);
    expect(lift.set).toMatchObject({ kind: 'bounded' });
    if (lift.set.kind === 'bounded') expect(lift.set.lower).toBeGreaterThan(0.4);
  });

  it('multiplying both means and errors leaves the lift as it is', () => {
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const scale = (s: MeanSummary): MeanSummary => ({ ...s, mean: s.mean * 8, variance: s.variance! * 64 });
        expect(ok(meanLift(scale(a), scale(b)))).toEqual(ok(meanLift(a, b)));
      }),
      PROPERTY,
    );
  });

  it('the ends of the set are the ratios at which the linear contrast is at its critical value', () => {
    const pair = { meanA: 10, varianceOfMeanA: 0.25, meanB: 11, varianceOfMeanB: 0.3, covariance: 0.2 };
    const { set } = fiellerSet(pair, 1.96);
    if (set.kind !== 'bounded') throw new Error('unreachable');
    for (const theta of [set.lower, set.upper]) {
      const variance = 0.3 - 2 * theta * 0.2 + theta * theta * 0.25;
      expect(Math.abs(11 - theta * 10) / Math.sqrt(variance)).toBeCloseTo(1.96, 10);
    }
  });

  it('a baseline of 0 has no estimate, and no invented interval', () => {
    const none = { n: 10, mean: 0, variance: 1 };
    const lift = ok(meanLift(none, { n: 10, mean: 1, variance: 1 }));
    expect(lift.estimate).toBeNull();
    expect(lift.g).toBe(Number.POSITIVE_INFINITY);
    expect(lift.set.kind).not.toBe('bounded');
    expect(deltaLift(none, none)).toMatchObject({ status: 'undefined' });
    expect(logDeltaLift({ ...none, mean: -1 }, { ...none, mean: 2 })).toMatchObject({ status: 'undefined' });
    const certain = { meanA: 0, varianceOfMeanA: 0, meanB: 1, varianceOfMeanB: 1 };
    expect(fiellerSet(certain, 1.96)).toEqual({ set: { kind: 'whole_line' }, g: 0 });
  });

  it('no result holds NaN, even where doubles overflow or underflow', () => {
    const extreme = fc.constantFrom(0, 1, -1, 1e-300, -1e-300, 1e154, 1e300, -1e300);
    const wild = fc.record({
      n: fc.constantFrom(2, 3, 1e4, Number.MAX_SAFE_INTEGER),
      mean: extreme,
      variance: fc.constantFrom(0, 1e-320, 1e-200, 1, 1e200, 1e308),
    });
    const calls = [meanDifference, pooledMeanDifference, zMeanDifference, meanLift, deltaLift, logDeltaLift];
    fc.assert(
      fc.property(wild, wild, (a, b) => {
        for (const call of calls)
          expect(JSON.stringify(call(a, b), (_, v) => (Number.isNaN(v) ? 'NaN' : v))).not.toContain('NaN');
      }),
      PROPERTY,
    );
  });

  it('every function refuses every bad arm and level', () => {
    const good = { n: 10, mean: 1, variance: 1 };
    const bad: MeanSummary[] = [
      { ...good, n: -1 },
      { ...good, n: 2.5 },
      { ...good, mean: Number.NaN },
      { ...good, mean: Number.POSITIVE_INFINITY },
      { ...good, variance: -1 },
      { ...good, variance: Number.NaN },
      { ...good, variance: null },
      { ...good, meanTail: Number.NaN },
    ];
    const calls = [meanDifference, pooledMeanDifference, zMeanDifference, meanLift, deltaLift, logDeltaLift];
    for (const call of calls) {
      for (const b of bad) {
        expect(() => call(b, good)).toThrow(RangeError);
        expect(() => call(good, b)).toThrow(RangeError);
      }
      for (const confidence of [0, 1, Number.NaN])
        expect(() => call(good, good, { level: confidence })).toThrow(RangeError);
    }
    expect(() => pairedDifference([1, 2], [1])).toThrow('a and b must have the same length, got 2 and 1');
    expect(() => pairedDifference([1, 2], [1, Number.NaN])).toThrow('b[1] must be a finite number, got NaN');
    const far = (mean: number): MeanSummary => ({ n: 10, mean, variance: 1 });
    expect(() => meanDifference(far(1e308), far(-1e308))).toThrow('must have a finite difference and error');
    const pair = { meanA: 1, varianceOfMeanA: 1, meanB: 1, varianceOfMeanB: 1 };
    expect(() => fiellerSet({ ...pair, covariance: 2 }, 1.96)).toThrow('covariance must be at most 1 in size');
    expect(() => fiellerSet(pair, Number.NaN)).toThrow('critical must be a finite number of at least 0, got NaN');
  });
});
