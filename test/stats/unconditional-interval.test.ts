import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Proportion,
  type UnconditionalInterval,
  unconditionalExactDifference,
  unconditionalExactLift,
  unconditionalExactTest,
} from '../../stats/index.ts';
import { largestChance } from '../../stats/proportions/extreme-tables.ts';
import { plausibleTables } from '../../stats/proportions/plausible-tables.ts';
import { nullScore } from '../../stats/proportions/score-statistic.ts';
import { PROPERTY } from './relative-error.ts';

const arm = (most: number): fc.Arbitrary<Proportion> =>
  fc.integer({ min: 1, max: most }).chain((n) => fc.record({ x: fc.integer({ min: 0, max: n }), n: fc.constant(n) }));
const level = fc.constantFrom(0.8, 0.9, 0.95, 0.99);

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${result.status}`);
  return result as Extract<T, { status: 'ok' }>;
}

function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let k = 0; k < n; k++) row = [...row, 0].map((_, x) => (row[x] ?? 0) * (1 - p) + (row[x - 1] ?? 0) * p);
  return row;
}

/** p of a difference by its definition: every table, the likeliest rates and the worst rate by fine grids. */
function bruteForceP(control: Proportion, treatment: Proportion, difference: number): number {
  const from = Math.max(0, -difference);
  const to = Math.min(1, 1 - difference);
  const rates = Array.from({ length: 801 }, (_, k) => from + ((to - from) * k) / 800);
  const score = (a: number, b: number): number => {
    const likelihood = (p: number): number =>
      p ** a *
      (1 - p) ** (control.n - a) *
      Math.max(0, p + difference) ** b *
      Math.max(0, 1 - p - difference) ** (treatment.n - b);
    let best = rates.reduce((most, p) => (likelihood(p) > likelihood(most) ? p : most));
    for (let width = (to - from) / 800; width > 1e-12; width /= 2) {
      for (const p of [best - width, best + width])
        if (p >= from && p <= to && likelihood(p) > likelihood(best)) best = p;
    }
    const q = best + difference;
    const variance = (best * (1 - best)) / control.n + (q * (1 - q)) / treatment.n;
    const distance = b / treatment.n - a / control.n - difference;
    return Math.abs(distance) < 1e-12 ? 0 : Math.abs(distance) / Math.sqrt(Math.max(0, variance));
  };
  const limit = score(control.x, treatment.x) * (1 - 1e-6);
  const extreme: [number, number][] = [];
  for (let a = 0; a <= control.n; a++)
    for (let b = 0; b <= treatment.n; b++) if (score(a, b) >= limit) extreme.push([a, b]);
  return Math.max(
    ...rates.map((p) => {
      const [massA, massB] = [binomial(control.n, p), binomial(treatment.n, p + difference)];
      return extreme.reduce((sum, [a, b]) => sum + massA[a]! * massB[b]!, 0);
    }),
  );
}

describe('the exact interval of the difference of two rates', () => {
  it('is where p by its definition crosses 1 - level, on small tables', () => {
    for (const [control, treatment] of [
      [
        { x: 1, n: 7 },
        { x: 5, n: 6 },
      ],
      [
        { x: 0, n: 5 },
        { x: 0, n: 8 },
      ],
      [
        { x: 3, n: 9 },
        { x: 4, n: 4 },
      ],
    ] as const) {
      const { lower, upper } = ok(unconditionalExactDifference(control, treatment)).interval;
      for (const [end, outwards] of [
        [lower, -1],
        [upper, 1],
      ] as const) {
        expect(bruteForceP(control, treatment, end - outwards * 1e-4)).toBeGreaterThan(0.0499);
        for (const step of [1e-4, 0.01, 0.05]) {
          if (Math.abs(end + outwards * step) >= 1) continue;
          expect(bruteForceP(control, treatment, end + outwards * step)).toBeLessThan(0.0501);
        }
      }
    }
  });

  it('p is below 1 - level exactly when it excludes 0, for difference and lift, whose p is one', () => {
    fc.assert(
      fc.property(arm(25), arm(25), level, (control, treatment, confidence) => {
        const difference = ok(unconditionalExactDifference(control, treatment, { level: confidence }));
        const lift = ok(unconditionalExactLift(control, treatment, { level: confidence }));
        expect(lift.p).toBeCloseTo(difference.p, 12);
        for (const { interval, p } of [difference, lift]) {
          expect(interval.lower > 0 || interval.upper < 0).toBe(p < 1 - confidence);
          expect(interval.lower).toBeLessThanOrEqual(interval.upper);
        }
        expect(difference.interval.lower).toBeLessThanOrEqual(difference.estimate!);
        expect(difference.interval.upper).toBeGreaterThanOrEqual(difference.estimate!);
      }),
      { ...PROPERTY, numRuns: 30 },
    );
  }, 60_000);

  it('the same for rare events in large arms', () => {
    const rare = fc.record({ x: fc.integer({ min: 0, max: 12 }), n: fc.integer({ min: 2000, max: 1_000_000 }) });
    fc.assert(
      fc.property(rare, rare, (control, treatment) => {
        for (const test of [unconditionalExactDifference, unconditionalExactLift]) {
          const { interval, p, rates } = ok(test(control, treatment));
          expect(rates).toBe('plausible');
          expect(interval.lower > 0 || interval.upper < 0).toBe(p < 0.05);
        }
      }),
      { ...PROPERTY, numRuns: 10 },
    );
  }, 60_000);

  it('covers every pair of rates with at least the level', () => {
    const [nA, nB] = [6, 5];
    const intervals = new Map<string, UnconditionalInterval>();
    const lifts = new Map<string, UnconditionalInterval>();
    for (let a = 0; a <= nA; a++) {
      for (let b = 0; b <= nB; b++) {
        intervals.set(`${a},${b}`, ok(unconditionalExactDifference({ x: a, n: nA }, { x: b, n: nB }, { level: 0.9 })));
        lifts.set(`${a},${b}`, ok(unconditionalExactLift({ x: a, n: nA }, { x: b, n: nB }, { level: 0.9 })));
      }
    }
    for (let i = 1; i < 20; i++) {
      for (let j = 1; j < 20; j++) {
        const [pA, pB] = [i / 20, j / 20];
        const [massA, massB] = [binomial(nA, pA), binomial(nB, pB)];
        const covered = (results: typeof intervals, truth: number): number => {
          let sum = 0;
          for (let a = 0; a <= nA; a++) {
            for (let b = 0; b <= nB; b++) {
              const { lower, upper } = results.get(`${a},${b}`)!.interval;
              if (lower - 1e-6 <= truth && truth <= upper + 1e-6) sum += massA[a]! * massB[b]!;
            }
          }
          return sum;
        };
        expect(covered(intervals, pB - pA)).toBeGreaterThanOrEqual(0.9 - 1e-9);
        expect(covered(lifts, pB / pA - 1)).toBeGreaterThanOrEqual(0.9 - 1e-9);
      }
    }
  }, 60_000);

  it('leaving out implausible tables changes p by no more than it says', () => {
    const [control, treatment] = [
      { x: 4, n: 900 },
      { x: 15, n: 800 },
    ];
    const few = plausibleTables(control, treatment)!;
    expect(few.leftOut).toBeGreaterThan(0);
    const inside = { ...few, valuesA: { lower: 0, upper: 900 }, valuesB: { lower: 0, upper: 800 }, leftOut: 0 };
    const hypothesis = {
      statistic: (a: number, b: number) => nullScore({ x: a, n: 900 }, { x: b, n: 800 }, 1) || 0,
      from: Math.max(few.rateA.lower, few.rateB.lower),
      to: Math.min(few.rateA.upper, few.rateB.upper),
      rateB: (rate: number) => rate,
    };
    const exact = largestChance(control, treatment, inside, hypothesis);
    const quick = ok(unconditionalExactDifference(control, treatment)).p;
    expect(quick).toBeGreaterThanOrEqual(exact);
    expect(quick - exact).toBeLessThan(1.01e-10);
  });

  it('has the p of the exact test on the score, and swaps with the arms', () => {
    const [control, treatment] = [
      { x: 3, n: 15 },
      { x: 9, n: 14 },
    ];
    const result = ok(unconditionalExactDifference(control, treatment));
    expect(result.p).toBeCloseTo(ok(unconditionalExactTest(control, treatment)).p, 12);
    // scipy.stats.barnard_exact
    expect(result.p).toBeCloseTo(0.019076383856102948, 9);
    const swapped = ok(unconditionalExactDifference(treatment, control));
    expect(swapped.interval.lower).toBeCloseTo(-result.interval.upper, 7);
    expect(swapped.interval.upper).toBeCloseTo(-result.interval.lower, 7);
    const lift = ok(unconditionalExactLift(control, treatment));
    const inverse = ok(unconditionalExactLift(treatment, control));
    expect((1 + lift.interval.lower) * (1 + inverse.interval.upper)).toBeCloseTo(1, 6);
  });

  it('rare events in large arms: as Poisson counts compared, whatever the number of units', () => {
    const at = (n: number) => ok(unconditionalExactLift({ x: 2, n }, { x: 9, n })).interval;
    expect(at(1_000_000).lower / at(10_000).lower).toBeCloseTo(1, 2);
    expect(ok(unconditionalExactDifference({ x: 2, n: 10_000 }, { x: 9, n: 10_000 })).p).toBeCloseTo(0.03978, 5);
  });

  it('says what it cannot answer', () => {
    expect(unconditionalExactDifference({ x: 0, n: 0 }, { x: 1, n: 4 })).toMatchObject({ status: 'insufficient' });
    expect(unconditionalExactLift({ x: 0, n: 3 }, { x: 0, n: 0 })).toMatchObject({ status: 'insufficient' });
    const many = { x: 50_000, n: 100_000 };
    expect(unconditionalExactDifference(many, many)).toEqual({ status: 'too_large' });
    expect(unconditionalExactLift(many, many)).toEqual({ status: 'too_large' });
    const alike = ok(unconditionalExactDifference({ x: 5, n: 5 }, { x: 6, n: 6 }));
    expect(alike.p).toBe(1);
    expect(alike.interval.lower).toBeGreaterThan(-1);
    expect(ok(unconditionalExactLift({ x: 0, n: 20 }, { x: 4, n: 20 }))).toMatchObject({ estimate: null });
    for (const bad of [
      { x: 2, n: 1 },
      { x: -1, n: 3 },
      { x: 0.5, n: 3 },
      { x: Number.NaN, n: 3 },
    ]) {
      expect(() => unconditionalExactDifference(bad, many)).toThrow(RangeError);
      expect(() => unconditionalExactLift(many, bad)).toThrow(RangeError);
    }
    for (const wrong of [0, 1, Number.NaN]) {
      expect(() => unconditionalExactDifference(many, many, { level: wrong })).toThrow(RangeError);
    }
  });
});
