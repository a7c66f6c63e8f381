import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arm, ReportMetric } from '../../server/analysis/arms.ts';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import type { Comparison } from '../../server/contract/report-contract.ts';
import { ADJUSTED, inputOf, metricOf, NO_ROWS, rates, ratios, rowsWithEffect, units } from './sample-arms.ts';

const SEED = { seed: 20_261_122 };
const level = fc.constantFrom(0.8, 0.9, 0.95, 0.99, 0.9999);
const value = fc.double({ min: -50, max: 50, noNaN: true });
const values = fc.array(value, { minLength: 2, maxLength: 12 });
const pair = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
const pairs = fc.array(pair, { minLength: 2, maxLength: 12 });
const counts = fc
  .integer({ min: 100, max: 400 })
  .chain((n) => fc.tuple(fc.integer({ min: 25, max: n - 25 }), fc.constant(n)));
const fewCounts = fc
  .integer({ min: 2, max: 14 })
  .chain((n) => fc.tuple(fc.integer({ min: 0, max: Math.min(n, 4) }), fc.constant(n)));

interface Kind {
  name: string;
  metric: ReportMetric;
  /** Data of both arms as anything that makes an arm. */
  arms: fc.Arbitrary<[(variant: string) => Arm, (variant: string) => Arm]>;
  runs: number;
}

const ofRates = (data: fc.Arbitrary<[number, number]>): Kind['arms'] =>
  fc.tuple(data, data).map(([a, b]) => [(variant) => rates(variant, ...a), (variant) => rates(variant, ...b)]);

const kinds: Kind[] = [
  { name: 'score test', metric: metricOf('proportion'), arms: ofRates(counts), runs: 300 },
  { name: 'exact test', metric: metricOf('proportion'), arms: ofRates(fewCounts), runs: 12 },
  {
    name: 'Welch',
    metric: metricOf('mean'),
    arms: fc.tuple(values, values).map(([a, b]) => [(variant) => units(variant, a), (variant) => units(variant, b)]),
    runs: 300,
  },
  {
    name: 'ratio',
    metric: metricOf('ratio'),
    arms: fc.tuple(pairs, pairs).map(([a, b]) => [(variant) => ratios(variant, a), (variant) => ratios(variant, b)]),
    runs: 300,
  },
];

describe.each(kinds)('$name', ({ metric, arms, runs }) => {
  it('p is below 1 - level exactly when the interval, and a bounded set of the lift, excludes 0', () => {
    fc.assert(
      fc.property(arms, level, ([control, arm], at) => {
        const { comparison, tested } = compareArms(inputOf(metric, control('old'), arm('new'), { level: at }));
        if (comparison.status === 'insufficient') return;
        const significant = (tested.pValue ?? 1) < 1 - at;
        expect(excludesZero(comparison.difference?.interval ?? null)).toBe(significant);
        const set = comparison.relative?.set;
        if (set?.shape === 'bounded') {
          expect(excludesZero({ lower: set.lower, upper: set.upper ?? Number.POSITIVE_INFINITY })).toBe(significant);
        }
        if (set?.shape === 'outside') expect(set.below < 0 && 0 < set.above).toBe(significant);
        if (set?.shape === 'unbounded') expect(significant).toBe(false);
      }),
      { ...SEED, numRuns: runs },
    );
  }, 60_000);

  it('swapping the arms turns the sign of the difference and mirrors its interval, at the same p', () => {
    fc.assert(
      fc.property(arms, ([control, arm]) => {
        const one = compareArms(inputOf(metric, control('old'), arm('new')));
        const other = compareArms(inputOf(metric, arm('old'), control('new')));
        expect(other.comparison.status).toBe(one.comparison.status);
        const [a, b] = [one.comparison.difference, other.comparison.difference];
        if (!a || !b) return;
        close(b.estimate, -a.estimate);
        close(b.interval?.lower, -(a.interval?.upper ?? 0), 1e-7);
        close(b.interval?.upper, -(a.interval?.lower ?? 0), 1e-7);
        close(other.tested.pValue, one.tested.pValue, 1e-8);
        close(other.tested.z, -(one.tested.z ?? 0), 1e-7);
      }),
      { ...SEED, numRuns: Math.min(runs, 100) },
    );
  }, 60_000);
});

it('effects from unit totals: p is below 1 - level exactly when the interval and Fieller’s set exclude 0', () => {
  const positive = fc.double({ min: 0.01, max: 3, noNaN: true });
  const effect = fc.tuple(value, value, positive, positive, fc.double({ min: -0.9, max: 0.9, noNaN: true }));
  const degrees = fc.constantFrom(null, 1.5, 8, 1000);
  fc.assert(
    fc.property(effect, degrees, level, ([control, variant, sdA, sdB, correlation], degreesOfFreedom, at) => {
      const covariance = correlation * sdA * sdB;
      const [varianceControl, varianceVariant] = [sdA * sdA, sdB * sdB];
      const rows = rowsWithEffect({
        estimate: variant - control,
        standardError: Math.sqrt(varianceControl + varianceVariant - 2 * covariance),
        degreesOfFreedom,
        pair: {
          meanA: control,
          meanB: variant,
          varianceOfMeanA: varianceControl,
          varianceOfMeanB: varianceVariant,
          covariance,
        },
      });
      const arms = [units('old', [1, 2]), units('new', [1, 2])] as const;
      const { comparison, tested } = compareArms(
        inputOf(metricOf('mean'), ...arms, { level: at, rows, phase: ADJUSTED }),
      );
      const significant = (tested.pValue ?? 1) < 1 - at;
      expect(excludesZero(comparison.difference?.interval ?? null)).toBe(significant);
      const set = comparison.relative?.set;
      if (set?.shape === 'bounded') expect(set.lower > 0 || (set.upper ?? 1) < 0).toBe(significant);
      if (set?.shape === 'outside') expect(set.below < 0 && 0 < set.above).toBe(significant);
      if (set?.shape === 'unbounded') expect(significant).toBe(false);
    }),
    { ...SEED, numRuns: 500 },
  );
});

it('means: another unit scales estimate, error and interval and leaves p and lift; a shift leaves the difference', () => {
  const whole = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12 });
  const unit = fc.constantFrom(1e-6, 0.25, 60, 1e6);
  fc.assert(
    fc.property(whole, whole, unit, fc.integer({ min: -500, max: 500 }), (a, b, scale, shift) => {
      const of = (change: (value: number) => number) =>
        compareArms(inputOf(metricOf('mean'), units('old', a.map(change)), units('new', b.map(change))));
      const [plain, scaled, shifted] = [of((x) => x), of((x) => x * scale), of((x) => x + shift)];
      const [d, s, t] = [plain, scaled, shifted].map((each) => each.comparison.difference);
      if (!d || !s || !t) return;
      close(s.estimate, d.estimate * scale, 1e-9);
      close(s.standardError, (d.standardError ?? 0) * scale, 1e-9);
      close(s.interval?.lower, (d.interval?.lower ?? 0) * scale, 1e-8, d.estimate * scale);
      close(scaled.tested.log10P, plain.tested.log10P, 1e-8);
      close(scaled.comparison.relative?.estimate, plain.comparison.relative?.estimate, 1e-9);
      close(t.interval?.lower, d.interval?.lower, 1e-8, 1);
      close(shifted.tested.log10P, plain.tested.log10P, 1e-7);
    }),
    { ...SEED, numRuns: 200 },
  );
});

it('ratios: another unit of the numerator scales the difference, one of the denominator divides it', () => {
  fc.assert(
    fc.property(pairs, pairs, fc.constantFrom(0.125, 8, 1024), (a, b, unit) => {
      const of = (above: number, below: number) => {
        const change = (each: [number, number]): [number, number] => [each[0] * above, each[1] * below];
        return compareArms(inputOf(metricOf('ratio'), ratios('old', a.map(change)), ratios('new', b.map(change))));
      };
      const [plain, above, below] = [of(1, 1), of(unit, 1), of(1, unit)];
      const estimate = plain.comparison.difference?.estimate;
      if (estimate === undefined) return;
      close(above.comparison.difference?.estimate, estimate * unit);
      close(below.comparison.difference?.estimate, estimate / unit);
      close(above.tested.log10P, plain.tested.log10P, 1e-9);
      close(below.tested.log10P, plain.tested.log10P, 1e-9);
    }),
    { ...SEED, numRuns: 200 },
  );
});

it('the order of units changes nothing', () => {
  const shuffled = fc
    .tuple(pairs, pairs)
    .chain(([a, b]) => fc.tuple(fc.constant(a), fc.constant(b), fc.shuffledSubarray(b, { minLength: b.length })));
  fc.assert(
    fc.property(shuffled, ([a, b, other]) => {
      const of = (arm: [number, number][]) =>
        compareArms(inputOf(metricOf('ratio'), ratios('old', a), ratios('new', arm)));
      const [one, two] = [of(b), of(other)];
      expect(two.comparison.status).toBe(one.comparison.status);
      close(two.comparison.difference?.interval?.upper, one.comparison.difference?.interval?.upper, 1e-9, 1);
      close(two.tested.log10P, one.tested.log10P, 1e-9);
    }),
    { ...SEED, numRuns: 200 },
  );
});

it('the order of rows of other metrics changes nothing', () => {
  const rows = rowsWithEffect({ estimate: 1, standardError: 0.5 });
  const [mine] = rows.unitResults;
  if (!mine) throw new Error('no result');
  const others = [2, 3].map((metricId) => ({ ...mine, metricId, result: { ...mine.result, effects: [] } }));
  const of = (unitResults: (typeof rows)['unitResults']) =>
    compareArms(
      inputOf(metricOf('mean'), units('old', [1, 2]), units('new', [1, 3]), {
        rows: { ...NO_ROWS, unitResults },
        phase: ADJUSTED,
      }),
    );
  expect(of([...others, mine])).toEqual(of([mine, ...others]));
  expect(of([...others, mine]).tested.z).toBeCloseTo(2, 12);
});

function excludesZero(interval: NonNullable<Comparison['difference']>['interval']): boolean {
  return interval !== null && (interval.lower > 0 || interval.upper < 0);
}

/** Relative to the expectation, or to `size` where that is larger. */
function close(
  actual: number | null | undefined,
  expected: number | null | undefined,
  tolerance = 1e-10,
  size = 0,
): void {
  if (expected === null || expected === undefined) {
    expect(actual).toBe(expected);
    return;
  }
  const scale = Math.max(Math.abs(expected), Math.abs(size), 1e-9);
  expect(Math.abs((actual ?? Number.NaN) - expected) / scale).toBeLessThan(tolerance);
}
