import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chiSquareSf,
  doublyRobustEffect,
  effectHeterogeneity,
  interactionContrast,
  type MeanSummary,
  meanDifference,
  meanEquivalence,
  meanLift,
  meanNonInferiority,
  proportionNonInferiority,
  relativeNonInferiority,
} from '../../stats/index.ts';
import reference from './fixtures/adjustment-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const arm: fc.Arbitrary<MeanSummary> = fc.record({
  n: fc.integer({ min: 2, max: 500 }),
  mean: fc.integer({ min: -2000, max: 2000 }).map((value) => value / 256),
  variance: fc.integer({ min: 1, max: 50_000 }).map((value) => value / 128),
});
const margin = fc.integer({ min: 1, max: 1000 }).map((value) => value / 300);
const rate = fc
  .integer({ min: 1, max: 300 })
  .chain((n) => fc.record({ n: fc.constant(n), x: fc.integer({ min: 0, max: n }) }));

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: 'ok' }>;
}

describe('non-inferiority and equivalence of means', () => {
  it('the limit decides as the p-value, and turning the metric round changes nothing', () => {
    fc.assert(
      fc.property(arm, arm, margin, fc.constantFrom(0.01, 0.025, 0.2), (a, b, m, alpha) => {
        const result = ok(meanNonInferiority(a, b, m, { alpha }));
        expect(result.nonInferior).toBe(result.limit > -m);
        const turned = (x: MeanSummary): MeanSummary => ({ ...x, mean: -x.mean });
        const other = ok(meanNonInferiority(turned(a), turned(b), m, { alpha, higherIsBetter: false }));
        expect(other.p).toBe(result.p);
        expect(other.limit).toBe(-result.limit);
        expect(other.superior).toBe(result.superior);
        expect(result.superior).toBe(ok(meanDifference(a, b)).pGreater < alpha);
      }),
      PROPERTY,
    );
  });

  it('equivalence holds exactly when the interval at 1 - 2 alpha lies inside the bounds', () => {
    fc.assert(
      fc.property(arm, arm, margin, margin, (a, b, low, high) => {
        const result = ok(meanEquivalence(a, b, { lower: -low, upper: high }, { alpha: 0.1 }));
        expect(result.equivalent).toBe(result.interval.lower > -low && result.interval.upper < high);
        expect(result.p).toBe(Math.max(result.againstLower.p, result.againstUpper.p));
        const test = ok(meanDifference(a, b, { level: 0.8 }));
        expect(result.interval.lower).toBeCloseTo(test.interval.lower, 10);
      }),
      PROPERTY,
    );
  });

  it('a relative margin decides as the one-sided limit of the Fieller lift', () => {
    fc.assert(
      fc.property(arm, arm, fc.integer({ min: 1, max: 99 }), (a, b, percent) => {
        const result = ok(relativeNonInferiority(a, b, percent / 100, { alpha: 0.1, critical: 'normal' }));
        const { set } = ok(meanLift(a, b, { level: 0.8, critical: 'normal' }));
        if (set.kind === 'bounded' && Math.abs(result.p - 0.1) > 1e-9) {
          expect(result.nonInferior).toBe(set.lower > -percent / 100);
        }
      }),
      PROPERTY,
    );
  });

  it('say what is missing and refuse what is no margin', () => {
    const a = { n: 5, mean: 1, variance: 1 };
    const still = { n: 5, mean: 1, variance: 0 };
    for (const test of [meanNonInferiority, relativeNonInferiority]) {
      expect(test({ n: 1, mean: 1, variance: null }, a, 0.1).status).toBe('insufficient');
      expect(test(still, still, 0.1).status).toBe('no_variance');
      for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => test(a, a, bad)).toThrow(/margin/);
      expect(() => test(a, a, 0.1, { alpha: 0.5 })).toThrow(/alpha/);
    }
    expect(relativeNonInferiority(a, still, 1).status).toBe('no_variance');
    expect(() => meanEquivalence(a, a, { lower: 1, upper: 1 })).toThrow(/bounds\.lower/);
    expect(meanEquivalence(still, still, { lower: -1, upper: 1 }).status).toBe('no_variance');
  });
});

describe('non-inferiority of rates', () => {
  it('meets the likelihood maximised in 50 digits, in both directions and at 0 events', () => {
    for (const { control, treatment, margin: m, higherIsBetter, z, p } of reference.rates) {
      const result = ok(proportionNonInferiority(control, treatment, m, { higherIsBetter }));
      expect(relativeError(result.z, z)).toBeLessThan(1e-11);
      expect(relativeError(result.p, p)).toBeLessThan(1e-10);
    }
  });

  it('the limit decides as the p-value; failures mirror successes', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 99 }), (a, b, percent) => {
        const result = ok(proportionNonInferiority(a, b, percent / 100, { alpha: 0.1 }));
        if (Math.abs(result.p - 0.1) > 1e-9) expect(result.nonInferior).toBe(result.limit > -percent / 100);
        const failures = (x: { x: number; n: number }) => ({ n: x.n, x: x.n - x.x });
        const options = { alpha: 0.1, higherIsBetter: false };
        const mirrored = ok(proportionNonInferiority(failures(a), failures(b), percent / 100, options));
        expect(Math.abs(mirrored.z - result.z)).toBeLessThan(1e-9 * (1 + Math.abs(result.z)));
      }),
      PROPERTY,
    );
  });

  it('refuses what is no margin of a rate', () => {
    const a = { x: 1, n: 5 };
    for (const bad of [0, 1, Number.NaN]) expect(() => proportionNonInferiority(a, a, bad)).toThrow(/margin/);
    expect(() => proportionNonInferiority({ x: 6, n: 5 }, a, 0.1)).toThrow(/control\.x/);
    expect(proportionNonInferiority({ x: 0, n: 0 }, a, 0.1).status).toBe('insufficient');
  });
});

describe('heterogeneous effects', () => {
  it('Q is the weighted sum over pairs, whatever the unit of the effects', () => {
    const [effects, errors] = [
      [0.3, -0.2, 0.9, 0.1],
      [0.2, 0.3, 0.15, 0.4],
    ];
    const result = ok(effectHeterogeneity(effects, errors));
    const w = errors.map((error) => 1 / error ** 2);
    const sum = w.reduce((s, x) => s + x, 0);
    let pairs = 0;
    for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) pairs += w[i]! * w[j]! * (effects[i]! - effects[j]!) ** 2;
    expect(relativeError(result.q, pairs / sum)).toBeLessThan(1e-13);
    expect(relativeError(result.p, chiSquareSf(pairs / sum, 3))).toBeLessThan(1e-12);
    const small = ok(
      effectHeterogeneity(
        effects.map((x) => x * 1e-160),
        errors.map((x) => x * 1e-160),
      ),
    );
    expect(relativeError(small.q, result.q)).toBeLessThan(1e-12);
    expect(relativeError(small.shrunken[2]! * 1e160, result.shrunken[2]!)).toBeLessThan(1e-12);
  });

  it('shrinks every segment to the mean, and all the way where nothing differs', () => {
    const result = ok(effectHeterogeneity([1, 2, 4], [0.5, 0.5, 2]));
    const { estimate } = result.random;
    result.shrunken.forEach((value, k) => {
      const raw = [1, 2, 4][k]!;
      expect(Math.abs(value - estimate)).toBeLessThanOrEqual(Math.abs(raw - estimate));
      expect((value - estimate) * (raw - estimate)).toBeGreaterThanOrEqual(0);
    });
    const same = ok(effectHeterogeneity([0.1, 0.1, 0.1], [0.02, 0.03, 0.05]));
    expect(same).toMatchObject({ q: 0, p: 1, iSquared: 0, tauSquared: 0, shrunken: [0.1, 0.1, 0.1] });
  });

  it("meets Gail and Simon's published critical values", () => {
    // Table 1 of the paper: C at .05 is 2.71, 4.23, 5.43 for 2, 3, 4 groups
    for (const [groups, critical] of [
      [2, 2.71],
      [3, 4.23],
      [4, 5.43],
    ] as const) {
      const root = Math.sqrt(critical);
      const effects = [root, -root, ...new Array<number>(groups - 2).fill(0)];
      expect(
        ok(
          effectHeterogeneity(
            effects,
            effects.map(() => 1),
          ),
        ).qualitative.p,
      ).toBeCloseTo(0.05, 3);
    }
    expect(ok(effectHeterogeneity([1, 2, 0], [1, 1, 1])).qualitative).toEqual({ statistic: 0, p: 1, log10P: 0 });
  });

  it('keeps log p where p underflows, and refuses errors of 0', () => {
    const far = ok(effectHeterogeneity([0, 0, 100], [1, 1, 1]));
    expect(far.p).toBe(0);
    expect(far.log10P).toBeCloseTo(-(10000 / 3) / Math.LN10, 9);
    expect(effectHeterogeneity([1], [1])).toMatchObject({ status: 'insufficient' });
    expect(() => effectHeterogeneity([1, 2], [1, 0])).toThrow(/standardErrors\[1\]/);
    expect(() => effectHeterogeneity([1, Number.NaN], [1, 1])).toThrow(/effects\[1\]/);
    expect(() => effectHeterogeneity([1], [1, 1])).toThrow(RangeError);
  });

  it('an interaction is the same for either factor, and the difference of two differences', () => {
    const cells = {
      neither: { n: 30, mean: 1, variance: 2 },
      first: { n: 25, mean: 1.5, variance: 3 },
      second: { n: 20, mean: 2, variance: 1 },
      both: { n: 35, mean: 4, variance: 2.5 },
    };
    const result = ok(interactionContrast(cells));
    expect(result.estimate).toBeCloseTo(1.5, 14);
    expect(result.standardError ** 2).toBeCloseTo(2 / 30 + 3 / 25 + 1 / 20 + 2.5 / 35, 14);
    expect(ok(interactionContrast({ ...cells, first: cells.second, second: cells.first })).p).toBeCloseTo(result.p, 12);
    const still = { n: 5, mean: 1, variance: 0 };
    const flat = { neither: still, first: still, second: still, both: still };
    expect(interactionContrast(flat)).toEqual({ status: 'no_variance', estimate: 0 });
    expect(ok(interactionContrast({ ...flat, both: { n: 9, mean: 2, variance: 4 } })).degreesOfFreedom).toBe(8);
    expect(interactionContrast({ ...cells, both: { n: 1, mean: 1, variance: null } }).status).toBe('insufficient');
  });

  it('AIPW is unbiased over all assignments, however wrong the predictions', () => {
    const [y0, y1, p] = [
      [1, 4, 2, 0],
      [3, 4, 5, -2],
      [0.3, 0.5, 0.7, 0.2],
    ];
    let mean = 0;
    for (let bits = 0; bits < 16; bits++) {
      const treated = [0, 1, 2, 3].map((i) => (bits >> i) % 2 === 1);
      const probability = treated.reduce((product, t, i) => product * (t ? p[i]! : 1 - p[i]!), 1);
      const result = doublyRobustEffect({
        outcome: treated.map((t, i) => (t ? y1[i]! : y0[i]!)),
        treated,
        predictedControl: [9, -3, 0, 2],
        predictedTreatment: [1, 1, 7, 0],
        propensity: p,
      });
      mean += probability * ok(result).estimate;
    }
    expect(mean).toBeCloseTo((2 + 0 + 3 - 2) / 4, 12);
    const units = { outcome: [1, 2], treated: [true, false], predictedControl: [0, 0], predictedTreatment: [0, 0] };
    for (const propensity of [0, 1, Number.NaN]) {
      expect(() => doublyRobustEffect({ ...units, propensity })).toThrow(/propensity/);
    }
    expect(doublyRobustEffect({ ...units, outcome: [1, -1], propensity: 0.5 }).status).toBe('no_variance');
  });
});
