import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import type { Margin } from '../../server/db/schema-types.ts';
import { normalSf, proportionLift, proportionRelativeNonInferiority } from '../../stats/index.ts';
import { ADJUSTED, inputOf, means, metricOf, rates, ratios, rowsWithEffect, units } from './sample-arms.ts';

const SEED = { seed: 20_261_122 };
const level = fc.constantFrom(0.8, 0.9, 0.95, 0.99);
const values = fc.array(fc.double({ min: 1, max: 9, noNaN: true }), { minLength: 3, maxLength: 12 });
const direction = fc.constantFrom('increase' as const, 'decrease' as const);

it('says nothing on a margin while numbers are live but the worst plausible difference', () => {
  const metric = metricOf('mean', { margin: { absolute: 0.5 } });
  const arms = [means('old', 500, 10, 3), means('new', 500, 9.95, 3)] as const;
  const live = compareArms(inputOf(metric, ...arms, { occasion: 'reading' })).comparison.margin;
  expect(live).toMatchObject({ pValue: null, nonInferior: null, equivalent: null });
  const look = compareArms(inputOf(metric, ...arms)).comparison.margin;
  expect(look).toMatchObject({ nonInferior: true, equivalent: true, limit: live?.limit });
  expect(look?.pValue).toBeCloseTo(0.0089475, 7);
});

it('tests a rate against points by Farrington and Manning, and against a share of the control by the score of the ratio', () => {
  const arms = [rates('old', 1000, 10_000), rates('new', 980, 10_000)] as const;
  const of = (margin: Margin) => compareArms(inputOf(metricOf('proportion', { margin }), ...arms)).comparison.margin;
  expect(of({ absolute: 0.01 })?.pValue).toBeCloseTo(0.0292, 4);
  expect(of({ absolute: 0.01 })?.nonInferior).toBe(false);
  expect(of({ absolute: 0.02 })).toMatchObject({ nonInferior: true, equivalent: true });
  expect(of({ relative: 0.1 })?.pValue).toBeCloseTo(0.022946, 6);
  const allowed = compareArms(inputOf(metricOf('proportion', { margin: { absolute: 1 } }), ...arms)).comparison;
  expect(allowed).toMatchObject({ margin: { pValue: null }, warnings: [expect.stringContaining('allows every rate')] });
});

it('takes a decrease as better where less is better', () => {
  const errors = metricOf('proportion', { direction: 'decrease', margin: { absolute: 0.005 } });
  const of = (x: number) => compareArms(inputOf(errors, rates('old', 300, 10_000), rates('new', x, 10_000))).comparison;
  expect(of(200).margin).toMatchObject({ nonInferior: true, equivalent: false });
  expect(of(345).margin).toMatchObject({ nonInferior: false });
  expect(of(345).margin?.limit).toBeGreaterThan(0.005);
});

it('means: not inferior exactly when the bad end of the interval is within the margin, equivalent when both are', () => {
  fc.assert(
    fc.property(
      values,
      values,
      level,
      direction,
      fc.double({ min: 0.1, max: 6, noNaN: true }),
      (a, b, at, way, margin) => {
        const metric = metricOf('mean', { direction: way, margin: { absolute: margin } });
        const { comparison } = compareArms(inputOf(metric, units('old', a), units('new', b), { level: at }));
        const interval = comparison.difference?.interval;
        if (!interval) return;
        const [aboveLower, belowUpper] = [interval.lower > -margin, interval.upper < margin];
        expect(comparison.margin?.nonInferior).toBe(way === 'increase' ? aboveLower : belowUpper);
        expect(comparison.margin?.equivalent).toBe(aboveLower && belowUpper);
        expect(comparison.margin?.limit).toBeCloseTo(way === 'increase' ? interval.lower : interval.upper, 9);
      },
    ),
    { ...SEED, numRuns: 300 },
  );
});

it('means: a share of the control by its contrast, on either side', () => {
  const of = (mean: number, way: 'increase' | 'decrease') => {
    const metric = metricOf('mean', { direction: way, margin: { relative: 0.05 } });
    const arms = [means('old', 5000, 10, 10), means('new', 5000, mean, 10)] as const;
    return compareArms(inputOf(metric, ...arms)).comparison.margin;
  };
  expect(of(9.98, 'increase')?.pValue).toBeCloseTo(0.0069, 4);
  expect(of(11, 'increase')).toMatchObject({ nonInferior: true, equivalent: false });
  expect(of(11, 'decrease')).toMatchObject({ nonInferior: false, equivalent: false });
  expect(of(10, 'decrease')).toMatchObject({ nonInferior: true, equivalent: true });
});

it('ratios: a share of the control is decided as by Fieller’s set of the same row, and points as by the interval', () => {
  const units2 = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 3, max: 9 })), {
    minLength: 4,
    maxLength: 20,
  });
  const share = fc.double({ min: 0.05, max: 0.95, noNaN: true });
  fc.assert(
    fc.property(units2, units2, level, direction, share, (a, b, at, way, margin) => {
      const of = (given: Margin) =>
        compareArms(
          inputOf(metricOf('ratio', { direction: way, margin: given }), ratios('old', a), ratios('new', b), {
            level: at,
          }),
        ).comparison;
      const relative = of({ relative: margin });
      const set = relative.relative?.set;
      if (set?.shape === 'bounded' && set.upper !== null) {
        const [aboveLower, belowUpper] = [set.lower > -margin, set.upper < margin];
        expect(relative.margin?.nonInferior).toBe(way === 'increase' ? aboveLower : belowUpper);
        expect(relative.margin?.equivalent).toBe(aboveLower && belowUpper);
      }
      const absolute = of({ absolute: margin });
      const interval = absolute.difference?.interval;
      if (!interval) return;
      expect(absolute.margin?.equivalent).toBe(interval.lower > -margin && interval.upper < margin);
      expect(absolute.margin?.limit).toBe(way === 'increase' ? interval.lower : interval.upper);
    }),
    { ...SEED, numRuns: 300 },
  );
});

it('effects from unit totals: the covariance of both values sharpens a relative margin', () => {
  const of = (covariance: number) => {
    const rows = rowsWithEffect({
      estimate: -0.2,
      standardError: Math.sqrt(0.08 - 2 * covariance),
      pair: { meanA: 10, meanB: 9.8, varianceOfMeanA: 0.04, varianceOfMeanB: 0.04, covariance },
    });
    const metric = metricOf('mean', { margin: { relative: 0.05 } });
    return compareArms(inputOf(metric, units('old', [1, 2]), units('new', [1, 2]), { rows, phase: ADJUSTED }))
      .comparison.margin;
  };
  // (9.8 - 0.95 * 10) / sqrt(0.04 + 0.95² 0.04 - 2 0.95 covariance), one-sided
  expect(of(0)?.pValue).toBeCloseTo(0.138408, 6);
  expect(of(0.03)?.pValue).toBeCloseTo(0.014976, 6);
  expect(of(0.03)?.nonInferior).toBe(true);
});

it('a share of a negative baseline is a share of its size', () => {
  const pair = { meanA: -10, meanB: -10.2, varianceOfMeanA: 0.04, varianceOfMeanB: 0.04, covariance: 0 };
  const rows = rowsWithEffect({ estimate: -0.2, standardError: Math.sqrt(0.08), pair });
  const metric = metricOf('mean', { margin: { relative: 0.05 } });
  const arms = [units('old', [1, 2]), units('new', [1, 2])] as const;
  const margin = compareArms(inputOf(metric, ...arms, { rows, phase: ADJUSTED })).comparison.margin;
  // (-10.2 + 1.05 * 10) / sqrt(0.04 + 1.05² 0.04), one-sided
  expect(margin?.pValue).toBeCloseTo(normalSf(0.3 / Math.sqrt(0.04 * (1 + 1.05 ** 2))), 12);
});

it('ranks have no control value to take a share of, and say so', () => {
  const rows = rowsWithEffect({ estimate: 0.02, standardError: 0.01 });
  const of = (margin: Margin) =>
    compareArms(
      inputOf(metricOf('rank', { margin }), units('old', [1, 2]), units('new', [1, 2]), { rows, phase: ADJUSTED }),
    ).comparison;
  expect(of({ relative: 0.1 }).margin).toMatchObject({ pValue: null, nonInferior: null });
  expect(of({ relative: 0.1 }).warnings[0]).toContain('declare an absolute one');
  expect(of({ absolute: 0.05 }).margin?.nonInferior).toBe(true);
});

it('the score test of a ratio of rates agrees with the limit of the lift, at its own level', () => {
  const arm = fc
    .integer({ min: 5, max: 300 })
    .chain((n) => fc.record({ x: fc.integer({ min: 0, max: n }), n: fc.constant(n) }));
  fc.assert(
    fc.property(
      arm,
      arm,
      level,
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.boolean(),
      (a, b, at, margin, up) => {
        const test = proportionRelativeNonInferiority(a, b, margin, { alpha: (1 - at) / 2, higherIsBetter: up });
        const lift = proportionLift(a, b, { level: at });
        if (test.status !== 'ok' || lift.status !== 'ok') return;
        const limit = up ? lift.interval.lower : -lift.interval.upper;
        if (Math.abs(limit + margin) > 1e-7) expect(test.nonInferior).toBe(limit > -margin);
      },
    ),
    { ...SEED, numRuns: 500 },
  );
  expect(proportionRelativeNonInferiority({ x: 0, n: 9 }, { x: 0, n: 9 }, 0.1)).toMatchObject({ p: 1 });
  expect(proportionRelativeNonInferiority({ x: 5, n: 9 }, { x: 1, n: 9 }, 1)).toMatchObject({ p: 0 });
  expect(() => proportionRelativeNonInferiority({ x: 0, n: 9 }, { x: 0, n: 9 }, 1.1)).toThrow(
    /margin must be at most 1/,
  );
});
