import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaSpent,
  asymptoticSequence,
  conditionalPower,
  groupSequentialBoundary,
  groupSequentialCrossing,
  groupSequentialDesign,
  handOverBoundary,
  normalSf,
  repeatedTest,
  type SpendingFunction,
  stagewiseAnalysis,
} from '../../stats/index.ts';
import reference from './fixtures/sequential-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const OBF: SpendingFunction = { type: 'obrien_fleming' };
const equal = (looks: number): number[] => Array.from({ length: looks }, (_, k) => (k + 1) / looks);

describe('group-sequential bounds', () => {
  it.each([
    [2, 2.178, 1.977],
    [3, 2.289, 2.004],
    [5, 2.413, 2.04],
    [10, 2.555, 2.087],
    [20, 2.672, 2.126],
  ])('%i looks: constants of Jennison and Turnbull, tables 2.1 and 2.3', (looks, pocock, obrienFleming) => {
    const last = (delta: number) => groupSequentialBoundary({ type: 'wang_tsiatis', delta }, equal(looks)).z.at(-1)!;
    expect(Math.abs(last(0.5) - pocock)).toBeLessThan(5.1e-4);
    expect(Math.abs(last(0) - obrienFleming)).toBeLessThan(5.1e-4);
  });

  it.each(reference.secondBounds)(
    'bounds at $times agree with mpmath, close and early looks included',
    ({ times, z }) => {
      const { z: bounds } = groupSequentialBoundary(OBF, times, { alpha: 0.025, sides: 1 });
      bounds.forEach((bound, k) => {
        expect(Math.abs(bound - z[k]!)).toBeLessThan(1e-9);
      });
    },
  );

  it('bounds beyond the range of doubles stay finite: z = 70.87 at t = 0.001 (mpmath)', () => {
    const { z, spent } = groupSequentialBoundary(OBF, [0.001, 1], { alpha: 0.025, sides: 1 });
    expect(relativeError(z[0]!, 70.8695997503007)).toBeLessThan(1e-13);
    expect(spent[0]).toBe(0);
    expect(z[1]).toBeCloseTo(1.959963984540054, 12);
  });

  it.each(reference.spent)('spends $value at t = $t (mpmath)', ({ t, value }) => {
    expect(relativeError(alphaSpent(OBF, t, 0.025), value)).toBeLessThan(1e-12);
  });

  it('whatever is spent is what is crossed: any spending function, any looks, one side or two', () => {
    const spending = fc.oneof(
      fc.constant(OBF),
      fc.constant<SpendingFunction>({ type: 'pocock' }),
      fc.double({ min: 0.3, max: 6, noNaN: true }).map((rho): SpendingFunction => ({ type: 'power', rho })),
      fc
        .double({ min: -8, max: 8, noNaN: true })
        .map((gamma): SpendingFunction => ({ type: 'hwang_shih_decani', gamma })),
    );
    const steps = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(spending, steps, fc.constantFrom(1 as const, 2 as const), (shape, gaps, sides) => {
        let sum = 0;
        const total = gaps.reduce((a, b) => a + b, 0);
        const times = gaps.map((gap) => {
          sum += gap;
          return sum / total;
        });
        const boundary = groupSequentialBoundary(shape, times, { alpha: 0.05, sides });
        const { upper, lower, overall } = groupSequentialCrossing(boundary.z, times, { sides });
        expect(overall).toBeCloseTo(0.05, 11);
        let crossed = 0;
        upper.forEach((value, k) => {
          crossed += value + lower[k]!;
          expect(Math.abs(crossed - boundary.spent[k]!)).toBeLessThan(1e-11);
        });
        const prefix = groupSequentialBoundary(shape, times.slice(0, 2), { alpha: 0.05, sides });
        prefix.z.forEach((z, k) => {
          expect(Math.abs(z - boundary.z[k]!)).toBeLessThan(1e-9);
        });
      }),
      { ...PROPERTY, numRuns: 60 },
    );
  });

  it('after an over-run the rest is spent, once, and what was spent stays spent', () => {
    const { z, spent } = groupSequentialBoundary(OBF, [0.3, 0.6, 1.15, 1.3], { alpha: 0.025, sides: 1 });
    expect(spent.slice(2)).toEqual([0.025, 0.025]);
    expect(z[3]).toBe(Number.POSITIVE_INFINITY);
    expect(groupSequentialCrossing(z, [0.3, 0.6, 1.15, 1.3]).overall).toBeCloseTo(0.025, 12);
    const early = groupSequentialBoundary(OBF, [0.3, 0.8], { alpha: 0.025, sides: 1, spendingTimes: [0.3, 1] });
    expect(early.spent[1]).toBe(0.025);
  });
});

describe('group-sequential probabilities', () => {
  it('naive peeking: Armitage, McPherson and Rowe 1969', () => {
    const peeking = (looks: number): number =>
      groupSequentialCrossing(Array(looks).fill(1.959963984540054), equal(looks), { sides: 2 }).overall;
    expect([5, 10].map((looks) => peeking(looks).toFixed(3))).toEqual(['0.142', '0.193']);
  });

  it('three looks under drift agree with mpmath double quadrature', () => {
    const { upper } = groupSequentialCrossing([2.5, 2.2, 2], [0.3, 0.5, 1], { drift: 1.5 });
    [0.046632942156921, 0.0920918023493792, 0.200325648246576].forEach((value, k) => {
      expect(Math.abs(upper[k]! - value)).toBeLessThan(1e-13);
    });
  });

  it('a look that cannot stop changes nothing, and drift turned round mirrors both sides', () => {
    const with3 = groupSequentialCrossing([2, Number.POSITIVE_INFINITY, 2.1], [0.2, 0.21, 1], { sides: 2, drift: 2 });
    const with2 = groupSequentialCrossing([2, 2.1], [0.2, 1], { sides: 2, drift: 2 });
    expect(with3.overall).toBeCloseTo(with2.overall, 12);
    const mirrored = groupSequentialCrossing([2, 2.1], [0.2, 1], { sides: 2, drift: -2 });
    mirrored.lower.forEach((value, k) => {
      expect(value).toBeCloseTo(with2.upper[k]!, 13);
    });
  });

  it('inflation of Pocock and O’Brien–Fleming, 5 looks: Jennison and Turnbull, tables 2.2 and 2.4', () => {
    const inflation = (delta: number) => groupSequentialDesign({ type: 'wang_tsiatis', delta }, equal(5)).inflation;
    expect([inflation(0.5).toFixed(3), inflation(0).toFixed(3)]).toEqual(['1.229', '1.028']);
  });

  it('running on past the maximum keeps the error at 0.05, daily for three times the plan', () => {
    const times = Array.from({ length: 42 }, (_, k) => (k + 1) / 14);
    const { z, rule } = handOverBoundary(times);
    const { overall } = groupSequentialCrossing(z, times, { sides: 2 });
    expect(overall).toBeGreaterThan(0.045);
    expect(overall).toBeLessThan(0.05);
    expect(rule.indexOf('always_valid')).toBe(14);
    const after = asymptoticSequence({ estimate: 0, standardError: 1, n: 3, tunedTo: 2, level: 0.995 });
    expect(z.at(-1)).toBeCloseTo(after.criticalZ, 10);
  });
});

describe('analysis of a group-sequential test', () => {
  it('repeated p, interval and bound agree at any estimate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 6, noNaN: true }),
        fc.constantFrom(1 as const, 2 as const),
        (estimate, sides) => {
          const test = repeatedTest(OBF, [0.4, 0.7], { estimate, standardError: 1 }, { alpha: 0.05, sides });
          expect(test.rejects).toBe(test.p <= 0.05);
          expect(test.rejects).toBe(test.interval.lower >= 0 || (sides === 2 && test.interval.upper <= 0));
        },
      ),
      { ...PROPERTY, numRuns: 60 },
    );
  });

  it('stage-wise analysis of one look is the plain one; later, it moves towards no effect', () => {
    const one = stagewiseAnalysis({ times: [1], bounds: [], estimate: 0.3, standardError: 0.1 });
    expect(one.pGreater).toBeCloseTo(normalSf(3), 14);
    expect(one.medianUnbiased).toBeCloseTo(0.3, 12);
    expect(one.interval.lower).toBeCloseTo(0.3 - 0.1 * 1.959963984540054, 11);
    const two = stagewiseAnalysis({ times: [0.5, 1], bounds: [2.2], estimate: 0.3, standardError: 0.1, sides: 2 });
    expect(two.medianUnbiased).toBeLessThan(0.3);
    expect(two.pGreater + two.pLess).toBeCloseTo(1, 12);
  });

  it('conditional power under no effect averages to the error of the last look', () => {
    let mean = 0;
    for (let z = -8; z <= 8; z += 0.01) {
      const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      mean += 0.01 * density * conditionalPower({ z, t: 0.3, critical: 1.96, drift: 0 }).planned;
    }
    expect(mean).toBeCloseTo(normalSf(1.96), 10);
  });
});

describe('refusals of sequential tests', () => {
  it.each<[string, () => unknown]>([
    ['alpha must be between 0 and 1, got 0', () => groupSequentialBoundary(OBF, [1], { alpha: 0 })],
    ['times must not be empty, got a length of 0', () => groupSequentialBoundary(OBF, [])],
    ['times[0] must be a finite number above 0, got NaN', () => groupSequentialBoundary(OBF, [Number.NaN])],
    ['z and times must have the same length, got 1 and 2', () => groupSequentialCrossing([2], [0.5, 1])],
    ['z[0] must be a number, got NaN', () => groupSequentialCrossing([Number.NaN], [1])],
    ['rho must be a finite number above 0, got 0', () => alphaSpent({ type: 'power', rho: 0 }, 0.5, 0.05)],
    ['type must be a known spending function, got x', () => alphaSpent({ type: 'x' } as never, 0.5, 0.05)],
    ['t must be between 0 and 1, got 1', () => conditionalPower({ z: 1, t: 1, critical: 2, drift: 0 })],
    [
      'standardError must be a finite number above 0, got 0',
      () => repeatedTest(OBF, [1], { estimate: 1, standardError: 0 }),
    ],
    ['power must be between 0.025 and 1, got 0.01', () => groupSequentialDesign(OBF, [1], { power: 0.01 })],
  ])('by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });

  it('looks that do not move on', () => {
    expect(() => groupSequentialBoundary(OBF, [0.5, 0.5])).toThrow(/^times\[1\] must be above/);
  });
});
