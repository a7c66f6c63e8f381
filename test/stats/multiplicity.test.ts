import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustP,
  bivariateNormalCdf,
  dunnettCriticalValue,
  dunnettP,
  eBenjaminiHochberg,
  falseCoverage,
  holmIntervals,
  holmLowerLimits,
  normalCdf,
  normalQuantile,
  normalSf,
  preferentialBonferroni,
  studentTTwoSidedP,
} from '../../stats/index.ts';
import { PROPERTY, relativeError } from './relative-error.ts';

describe("Dunnett's comparisons with one control", () => {
  it('meets his published two-sided values', () => {
    const at = (k: number, df: number) =>
      dunnettCriticalValue({ controlUnits: 9, treatmentUnits: Array(k).fill(9), degreesOfFreedom: df }, 0.05).critical;
    // Dunnett 1964, two-sided 5 %: t(3, 20), t(4, 60), t(2, 10), t(2, infinite)
    expect(at(3, 20)).toBeCloseTo(2.54, 2);
    expect(at(4, 60)).toBeCloseTo(2.51, 2);
    expect(at(2, 10)).toBeCloseTo(2.57, 2);
    expect(at(2, Number.POSITIVE_INFINITY)).toBeCloseTo(2.21, 2);
  });

  it('two comparisons agree with the bivariate normal to 11 digits, with unequal arms', () => {
    for (const [control, one, two, c] of [
      [100, 100, 100, 2.2],
      [1000, 10, 400, 3],
      [50, 5000, 700, 4.5],
    ] as const) {
      const rho = Math.sqrt((one / (one + control)) * (two / (two + control)));
      // P(|Z1| > c or |Z2| > c), by tails alone
      const both = 2 * (bivariateNormalCdf(-c, -c, rho) + bivariateNormalCdf(-c, -c, -rho));
      const [p] = dunnettP([c, 0], { controlUnits: control, treatmentUnits: [one, two] });
      expect(relativeError(p!, 4 * normalSf(c) - both)).toBeLessThan(1e-11);
    }
  });

  it("one comparison is Student's t, for every df", () => {
    for (const df of [1, 2, 4.5, 30, 1e5, 1e9]) {
      const [p] = dunnettP([2.5], { controlUnits: 3, treatmentUnits: [2], degreesOfFreedom: df });
      expect(relativeError(p!, studentTTwoSidedP(2.5, df).p)).toBeLessThan(1e-10);
    }
    const design = { controlUnits: 3, treatmentUnits: [2] };
    expect(dunnettCriticalValue(design, 0.05).critical).toBeCloseTo(normalQuantile(0.975), 14);
  });

  it('lies between one test and Bonferroni, and p at the critical value is alpha', () => {
    const units = fc.integer({ min: 1, max: 10_000 });
    const designs = fc.record({ controlUnits: units, treatmentUnits: fc.array(units, { minLength: 2, maxLength: 5 }) });
    fc.assert(
      fc.property(designs, fc.constantFrom(0.2, 0.05, 0.001), (design, alpha) => {
        const { critical, bonferroni } = dunnettCriticalValue(design, alpha);
        expect(critical).toBeGreaterThan(normalQuantile(1 - alpha / 2));
        expect(critical).toBeLessThanOrEqual(bonferroni);
        const [p] = dunnettP(
          design.treatmentUnits.map(() => critical),
          design,
        );
        expect(relativeError(p!, alpha)).toBeLessThan(1e-10);
      }),
      { ...PROPERTY, numRuns: 25 },
    );
  }, 30_000);

  it('almost independent comparisons are Šidák', () => {
    const design = { controlUnits: 1e12, treatmentUnits: [1, 1, 1] };
    expect(dunnettP([2, 2, 2], design)[0]).toBeCloseTo(1 - (1 - 2 * normalCdf(-2)) ** 3, 10);
  });

  it('refuses what is no design', () => {
    const good = { controlUnits: 5, treatmentUnits: [5, 5] };
    expect(() => dunnettCriticalValue({ ...good, treatmentUnits: [] }, 0.05)).toThrow(RangeError);
    expect(() => dunnettCriticalValue({ ...good, controlUnits: 0 }, 0.05)).toThrow(RangeError);
    expect(() => dunnettCriticalValue({ ...good, treatmentUnits: [1, -1] }, 0.05)).toThrow(RangeError);
    expect(() => dunnettCriticalValue({ ...good, degreesOfFreedom: 0 }, 0.05)).toThrow(RangeError);
    for (const alpha of [0, 1, Number.NaN]) expect(() => dunnettCriticalValue(good, alpha)).toThrow(RangeError);
    expect(() => dunnettP([1], good)).toThrow(RangeError);
    expect(() => dunnettP([1, Number.NaN], good)).toThrow(RangeError);
    expect(dunnettP([0, Number.POSITIVE_INFINITY], good)).toEqual([1, 0]);
  });
});

const estimates = fc.array(
  fc.record({
    estimate: fc.integer({ min: -600, max: 600 }).map((value) => value / 100),
    standardError: fc.integer({ min: 50, max: 200 }).map((value) => value / 100),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("intervals that agree with Holm's test", () => {
  it('a limit is at least 0 exactly where Holm rejects', () => {
    fc.assert(
      fc.property(estimates, fc.constantFrom(0.8, 0.95), (family, level) => {
        const p = family.map((each) => normalSf(each.estimate / each.standardError));
        const adjusted = adjustP(p, 'holm');
        holmLowerLimits(family, { level }).forEach((limit, index) => {
          expect(limit.rejected).toBe(adjusted[index]! <= 1 - level);
          if (limit.rejected) expect(limit.lower).toBeGreaterThanOrEqual(0);
          else expect(limit.lower).toBeLessThanOrEqual(0);
        });
      }),
      PROPERTY,
    );
  });

  it('hold together with at least the level: 20,000 families with some true effects', () => {
    let state = 12345;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    for (const truth of [
      [0, 0, 0],
      [0, 2, 5],
      [0.5, -1, 3],
    ]) {
      let [lowerHold, bothHold] = [0, 0];
      for (let run = 0; run < 20_000; run++) {
        const family = truth.map((value) => ({ estimate: value + normalQuantile(uniform()), standardError: 1 }));
        if (
          holmLowerLimits(family, { level: 0.9 }).every(
            ({ lower, rejected }, i) => lower < truth[i]! || (!rejected && lower <= truth[i]!),
          )
        )
          lowerHold++;
        const intervals = holmIntervals(family, { level: 0.9 });
        if (
          intervals.every(({ lower, upper, direction }, i) => {
            const value = truth[i]!;
            if (direction === 'above') return value > 0 && lower <= value && value <= upper;
            if (direction === 'below') return value < 0 && lower <= value && value <= upper;
            return lower <= value && value <= upper;
          })
        )
          bothHold++;
      }
      // three standard errors of a share of 0.9
      expect(lowerHold / 20_000).toBeGreaterThan(0.9 - 3 * 0.0021);
      expect(bothHold / 20_000).toBeGreaterThan(0.9 - 3 * 0.0021);
    }
  }, 30_000);

  it('all rejected: the larger of 0 and Bonferroni; one hypothesis: the ordinary interval', () => {
    const family = [
      { estimate: 5, standardError: 1 },
      { estimate: 2.1, standardError: 1 },
    ];
    const [first, second] = holmLowerLimits(family);
    expect(first!.lower).toBeCloseTo(5 - normalQuantile(0.975), 12);
    expect(second!.lower).toBeCloseTo(2.1 - normalQuantile(0.975), 12);
    expect(
      holmLowerLimits([
        { estimate: 3, standardError: 1 },
        { estimate: 1.7, standardError: 1 },
      ])[1]!.lower,
    ).toBe(0);
    const [only] = holmIntervals([{ estimate: 1, standardError: 2, degreesOfFreedom: 10 }]);
    expect(only!.upper).toBeCloseTo(1 + 2 * 2.2281388519862744, 10);
    expect(only!.direction).toBeNull();
    const mirrored = holmIntervals([
      { estimate: -9, standardError: 1 },
      { estimate: 1, standardError: 1 },
    ]);
    expect(mirrored[0]).toMatchObject({ direction: 'below', upper: 0 });
    expect(
      holmLowerLimits([
        { estimate: 3, standardError: 1 },
        { estimate: 1, standardError: 1 },
      ])[0]!.lower,
    ).toBe(0);
  });

  it('refuses what is no estimate', () => {
    expect(() => holmLowerLimits([])).toThrow(RangeError);
    expect(() => holmIntervals([{ estimate: Number.NaN, standardError: 1 }])).toThrow(RangeError);
    expect(() => holmIntervals([{ estimate: 1, standardError: 0 }])).toThrow(RangeError);
    expect(() => holmIntervals([{ estimate: 1, standardError: 1, degreesOfFreedom: -1 }])).toThrow(RangeError);
    expect(() => holmLowerLimits([{ estimate: 1, standardError: 1 }], { level: 1 })).toThrow(RangeError);
  });
});

describe('families and selected metrics', () => {
  it('spends alpha on the whole family and no more', () => {
    expect(preferentialBonferroni(0.05, { primaryShare: 0.5, treatments: 1, others: 4 })).toEqual({
      primary: 0.025,
      other: 0.00625,
      total: 0.05,
    });
    const alone = preferentialBonferroni(0.05, { primaryShare: 0.5, treatments: 2, others: 0 });
    expect(alone).toMatchObject({ primary: 0.0125, other: null, total: 0.025 });
    const count = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 9 }),
        count,
        count,
        (share, treatments, primary, others) => {
          const levels = preferentialBonferroni(0.1, { primaryShare: share / 100, treatments, primary, others });
          expect(levels.total).toBeLessThanOrEqual(0.1 + 1e-12);
          if (primary > 0 && others > 0) expect(levels.total).toBeCloseTo(0.1, 12);
        },
      ),
      PROPERTY,
    );
    expect(() => preferentialBonferroni(0.05, { primaryShare: 2, treatments: 1, others: 1 })).toThrow(RangeError);
    expect(() => preferentialBonferroni(0.05, { primaryShare: 0.5, treatments: 0, others: 1 })).toThrow(RangeError);
    expect(() => preferentialBonferroni(1, { primaryShare: 0.5, treatments: 1, others: 1 })).toThrow(RangeError);
    expect(() => preferentialBonferroni(0.05, { primaryShare: 0.5, treatments: 1, others: 1.5 })).toThrow(RangeError);
  });

  it('intervals of the selected at 1 - selected × rate / tests', () => {
    expect(falseCoverage([0.001, 0.01, 0.6, 0.7], 0.05)).toEqual({ selected: [0, 1], level: 0.975, alpha: 0.025 });
    expect(falseCoverage([0.9, null], 0.05)).toEqual({ selected: [], level: null, alpha: null });
    expect(falseCoverage([null, 0.01], 0.05).alpha).toBe(0.05);
    expect(() => falseCoverage([0.5], 0)).toThrow(RangeError);
    expect(() => falseCoverage([2], 0.5)).toThrow(RangeError);
    const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(p, (family) => {
        const { selected, alpha } = falseCoverage(family, 0.3);
        // a matching interval of a selected metric excludes 0
        for (const index of selected) expect(family[index]!).toBeLessThanOrEqual(alpha! * (1 + 1e-12));
      }),
      PROPERTY,
    );
  });

  it('e-values: as Benjamini and Hochberg on 1 / e, without their assumption', () => {
    expect(eBenjaminiHochberg([400, 3, 55, 28, 0.2, 12], 0.05)).toEqual([0]);
    expect(eBenjaminiHochberg([20, 20, 20], 0.05)).toEqual([0, 1, 2]);
    expect(eBenjaminiHochberg([null, Number.POSITIVE_INFINITY, 1], 0.05)).toEqual([1]);
    expect(eBenjaminiHochberg([], 0.05)).toEqual([]);
    const e = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 15 });
    fc.assert(
      fc.property(e, fc.constantFrom(0.05, 0.2), (family, rate) => {
        const byP = adjustP(
          family.map((value) => Math.min(1, 1 / value)),
          'BH',
        );
        expect(eBenjaminiHochberg(family, rate)).toEqual(byP.flatMap((p, index) => (p <= rate ? [index] : [])));
      }),
      PROPERTY,
    );
    expect(() => eBenjaminiHochberg([-1], 0.05)).toThrow(RangeError);
    expect(() => eBenjaminiHochberg([Number.NaN], 0.05)).toThrow(RangeError);
    expect(() => eBenjaminiHochberg([1], 1)).toThrow(RangeError);
  });
});
