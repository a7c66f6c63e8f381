import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agrestiCaffoInterval,
  clopperPearsonInterval,
  fisherExactTest,
  katzLift,
  meeDifference,
  newcombeInterval,
  type Proportion,
  type ProportionLift,
  type ProportionTest,
  pooledZTest,
  proportionDifference,
  proportionLift,
  unconditionalExactTest,
  waldDifference,
  wilsonInterval,
} from '../../stats/index.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const arm: fc.Arbitrary<Proportion> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200_000 })),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.boolean(),
  )
  .map(([n, share, rare]) => ({ x: Math.round(n * (rare ? share ** 8 : share)), n }));
const level = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999);

function difference(a: Proportion, b: Proportion, options = {}): ProportionTest {
  const result = proportionDifference(a, b, options);
  if (result.status !== 'ok') throw new Error(`expected a test, got ${result.status}`);
  return result;
}

describe('the difference of two rates', () => {
  it('finds 0/10000 against 50/10000 significant, where an unpooled test has nothing to say', () => {
    const result = difference({ x: 0, n: 10000 }, { x: 50, n: 10000 });
    expect(result.p).toBeCloseTo(1.4441865417328455e-12, 24);
    expect(result.interval.lower).toBeCloseTo(0.00379487505704688, 14);
    expect(result.interval.upper).toBeCloseTo(0.006585302331493002, 14);
  });

  it('meets the published interval of Merck metalite.ae for 0/105 against 0/101 and calls p undefined', () => {
    const result = proportionDifference({ x: 0, n: 105 }, { x: 0, n: 101 });
    expect(result).toMatchObject({ status: 'no_variance', estimate: 0 });
    if (result.status !== 'no_variance') throw new Error('unreachable');
    expect(result.interval.lower).toBeCloseTo(-0.0355, 4);
    expect(result.interval.upper).toBeCloseTo(0.0368, 4);
  });

  it("meets Newcombe's 1998 Table II for 56/70 and 48/80 (his method 10 and Mee's)", () => {
    const a = { x: 48, n: 80 };
    const b = { x: 56, n: 70 };
    expect(newcombeInterval(a, b)).toMatchObject({
      lower: expect.closeTo(0.0524, 4),
      upper: expect.closeTo(0.3339, 4),
    });
    expect(meeDifference(a, b)).toMatchObject({
      interval: { lower: expect.closeTo(0.0533, 4), upper: expect.closeTo(0.3377, 4) },
    });
  });

  it('p is below 1 - level exactly when the interval excludes 0, for the difference and for the lift', () => {
    fc.assert(
      fc.property(arm, arm, level, (a, b, confidence) => {
        const result = proportionDifference(a, b, { level: confidence });
        const lift = proportionLift(a, b, { level: confidence });
        if (result.status === 'insufficient' || lift.status === 'insufficient') return;
        const significant = result.status === 'ok' && result.p < 1 - confidence;
        expect(result.interval.lower > 0 || result.interval.upper < 0).toBe(significant);
        expect(lift.interval.lower > 0 || lift.interval.upper < 0).toBe(significant);
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
  });

  it('swapping the arms flips the sign and mirrors the interval', () => {
    fc.assert(
      fc.property(arm, arm, level, (a, b, confidence) => {
        const one = proportionDifference(a, b, { level: confidence });
        const two = proportionDifference(b, a, { level: confidence });
        if (one.status === 'insufficient' || two.status === 'insufficient') return;
        expect(one.estimate).toBeCloseTo(-two.estimate, 14);
        expect(one.interval.lower).toBeCloseTo(-two.interval.upper, 12);
        expect(one.interval.upper).toBeCloseTo(-two.interval.lower, 12);
        if (one.status === 'ok' && two.status === 'ok') expect(relativeError(one.p, two.p)).toBeLessThan(1e-12);
      }),
      PROPERTY,
    );
  });

  it('counting the others instead of the events mirrors it too; the interval contains the estimate', () => {
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const one = proportionDifference(a, b);
        const two = proportionDifference({ x: a.n - a.x, n: a.n }, { x: b.n - b.x, n: b.n });
        if (one.status === 'insufficient' || two.status === 'insufficient') return;
        expect(one.interval.lower).toBeCloseTo(-two.interval.upper, 12);
        expect(one.interval.lower).toBeGreaterThanOrEqual(-1);
        expect(one.interval.upper).toBeLessThanOrEqual(1);
        expect(one.interval.lower).toBeLessThanOrEqual(one.estimate);
        expect(one.interval.upper).toBeGreaterThanOrEqual(one.estimate);
      }),
      PROPERTY,
    );
  });

  it('carries log10 p where p underflows', () => {
    const result = difference({ x: 0, n: 1_000_000 }, { x: 20_000, n: 1_000_000 });
    expect(result.p).toBe(0);
    expect(result.log10P).toBeLessThan(-4000);
  });

  it('an arm without units is insufficient, not a rate of 0', () => {
    expect(proportionDifference({ x: 0, n: 0 }, { x: 1, n: 2 })).toEqual({
      status: 'insufficient',
      missing: 'no units in control',
    });
    expect(fisherExactTest({ x: 0, n: 0 }, { x: 0, n: 0 })).toMatchObject({ status: 'insufficient' });
    expect(newcombeInterval({ x: 1, n: 2 }, { x: 0, n: 0 })).toMatchObject({ missing: 'no units in treatment' });
  });
});

describe('the relative lift of a rate', () => {
  it.each(reference.scoreRatio)(
    'limits for $xa/$na against $xb/$nb agree with mpmath',
    ({ xa, na, xb, nb, lower, upper }) => {
      const lift = proportionLift({ x: xa, n: na }, { x: xb, n: nb }) as ProportionLift;
      if (lower === null) expect(lift.interval.lower).toBe(-1);
      else expect(relativeError(lift.interval.lower, lower)).toBeLessThan(1e-9);
      if (upper === null) expect(lift.interval.upper).toBe(Number.POSITIVE_INFINITY);
      else expect(relativeError(lift.interval.upper, upper)).toBeLessThan(1e-9);
    },
  );

  it("lies within a hundredth of Koopman's published 2.94 to 7.15 for 36/40 against 16/80", () => {
    const lift = proportionLift({ x: 16, n: 80 }, { x: 36, n: 40 }) as ProportionLift;
    expect(Math.abs(1 + lift.interval.lower - 2.94)).toBeLessThan(0.02);
    expect(Math.abs(1 + lift.interval.upper - 7.15)).toBeLessThan(0.02);
  });

  it('has the p of the difference, no estimate without control events, and no upper end', () => {
    const none = proportionLift({ x: 0, n: 10000 }, { x: 50, n: 10000 }) as ProportionLift;
    expect(none).toMatchObject({ status: 'ok', estimate: null });
    expect(none.interval.upper).toBe(Number.POSITIVE_INFINITY);
    expect(none.interval.lower).toBeGreaterThan(0);
    expect(none.p).toBe(difference({ x: 0, n: 10000 }, { x: 50, n: 10000 }).p);
    const neither = proportionLift({ x: 0, n: 50 }, { x: 0, n: 80 });
    expect(neither).toMatchObject({ status: 'no_variance', estimate: null, p: null });
    expect(neither).toMatchObject({ interval: { lower: -1, upper: Number.POSITIVE_INFINITY } });
  });
});

describe("other people's methods", () => {
  it.each(reference.fisher)(
    'Fisher for $xa/$na against $xb/$nb agrees with mpmath',
    ({ xa, na, xb, nb, p, log10P }) => {
      const test = fisherExactTest({ x: xa, n: na }, { x: xb, n: nb });
      if (test.status !== 'ok') throw new Error('unreachable');
      expect(relativeError(test.p, p)).toBeLessThan(1e-10);
      expect(relativeError(test.log10P, log10P)).toBeLessThan(1e-12);
    },
  );

  it("Fisher's lady tasting tea: 3 of 4 right, p = 34/70 two-sided and 17/70 one-sided", () => {
    const tea = fisherExactTest({ x: 1, n: 4 }, { x: 3, n: 4 });
    expect(tea).toMatchObject({ p: expect.closeTo(34 / 70, 14), pGreater: expect.closeTo(17 / 70, 14) });
  });

  it('Fisher p values lie in [0, 1], and both one-sided ones cover the observed table', () => {
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const test = fisherExactTest(a, b);
        if (test.status !== 'ok') return;
        for (const p of [test.p, test.pGreater, test.pLess]) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
        }
        expect(test.pGreater + test.pLess).toBeGreaterThan(1 - 1e-9);
      }),
      PROPERTY,
    );
  });

  it('Barnard and Boschloo agree with scipy 1.17, and Boschloo is never above Fisher', () => {
    const a = { x: 3, n: 15 };
    const b = { x: 9, n: 14 };
    expect(unconditionalExactTest(a, b)).toMatchObject({ p: expect.closeTo(0.019076383856102917, 9) });
    expect(unconditionalExactTest(a, b, 'fisher')).toMatchObject({ p: expect.closeTo(0.020290437095887966, 9) });
    expect(unconditionalExactTest({ x: 0, n: 5 }, { x: 0, n: 7 })).toMatchObject({ p: 1 });
    expect(unconditionalExactTest({ x: 1, n: 1000 }, { x: 2, n: 1000 })).toEqual({ status: 'too_large' });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        fc.nat(),
        (m, n, i, j) => {
          const table = [
            { x: i % (m + 1), n: m },
            { x: j % (n + 1), n },
          ] as const;
          const one = unconditionalExactTest(...table, 'fisher');
          const fisher = fisherExactTest(...table);
          if (one.status !== 'ok' || fisher.status !== 'ok') throw new Error('unreachable');
          expect(one.p).toBeLessThanOrEqual(2 * Math.min(fisher.pGreater, fisher.pLess) * (1 + 1e-6));
          const swapped = unconditionalExactTest(table[1], table[0]);
          const barnard = unconditionalExactTest(...table);
          if (swapped.status !== 'ok' || barnard.status !== 'ok') throw new Error('unreachable');
          expect(relativeError(swapped.p, barnard.p)).toBeLessThan(1e-6);
        },
      ),
      { ...PROPERTY, numRuns: 60 },
    );
  });

  it('say no_variance where their formulas have none', () => {
    expect(waldDifference({ x: 0, n: 20 }, { x: 10, n: 10 })).toEqual({ status: 'no_variance', estimate: 1 });
    expect(pooledZTest({ x: 0, n: 20 }, { x: 0, n: 10 })).toEqual({ status: 'no_variance', estimate: 0 });
    expect(katzLift({ x: 0, n: 20 }, { x: 3, n: 10 })).toEqual({ status: 'no_variance' });
    expect(katzLift({ x: 20, n: 20 }, { x: 10, n: 10 })).toEqual({ status: 'no_variance' });
  });

  it('examples of the docstrings hold', () => {
    const a = { x: 48, n: 80 };
    const b = { x: 56, n: 70 };
    expect(wilsonInterval({ x: 0, n: 20 })).toEqual({ lower: 0, upper: expect.closeTo(0.16112515805281938, 14) });
    expect(clopperPearsonInterval({ x: 0, n: 20 }).upper).toBeCloseTo(0.16843347098308536, 14);
    expect(agrestiCaffoInterval(a, b)).toMatchObject({
      lower: expect.closeTo(0.05245, 4),
      upper: expect.closeTo(0.33576, 4),
    });
    expect(difference(a, b).interval).toMatchObject({
      lower: expect.closeTo(0.0528, 4),
      upper: expect.closeTo(0.3382, 4),
    });
    expect(pooledZTest(a, b)).toMatchObject({ chiSquare: expect.closeTo(7.0234, 4) });
    expect(waldDifference(a, b)).toMatchObject({ p: expect.closeTo(0.00594, 5) });
    expect(katzLift({ x: 1000, n: 20000 }, { x: 1100, n: 20000 })).toMatchObject({ lift: expect.closeTo(0.1, 14) });
    expect(fisherExactTest({ x: 0, n: 20 }, { x: 10, n: 10 })).toMatchObject({
      p: expect.closeTo(3.328339160423119e-8, 18),
    });
  });

  it('every function refuses every bad arm and level', () => {
    const good = { x: 1, n: 2 };
    const bad = [
      { x: 3, n: 2 },
      { x: -1, n: 2 },
      { x: 0.5, n: 2 },
      { x: 1, n: Number.NaN },
      { x: 1, n: Number.POSITIVE_INFINITY },
    ];
    const compare = [
      proportionDifference,
      proportionLift,
      meeDifference,
      waldDifference,
      newcombeInterval,
      agrestiCaffoInterval,
      katzLift,
    ];
    for (const call of compare) {
      for (const b of bad) {
        expect(() => call(b, good)).toThrow(RangeError);
        expect(() => call(good, b)).toThrow(RangeError);
      }
      for (const confidence of [0, 1, -0.5, 95, Number.NaN]) {
        expect(() => call(good, good, { level: confidence })).toThrow(
          `level must be between 0 and 1, got ${confidence}`,
        );
      }
    }
    for (const b of bad) {
      expect(() => fisherExactTest(good, b)).toThrow(RangeError);
      expect(() => pooledZTest(b, good)).toThrow(RangeError);
      expect(() => wilsonInterval(b)).toThrow(RangeError);
      expect(() => clopperPearsonInterval(b)).toThrow(RangeError);
    }
    expect(() => proportionDifference({ x: 3, n: 2 }, good)).toThrow('control.x must be at most control.n = 2, got 3');
  });
});
