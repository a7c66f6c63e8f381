import { expect, it } from 'vitest';
import type { Arm } from '../../server/analysis/arms.ts';
import { armsOf } from '../../server/analysis/arms.ts';
import { armValue } from '../../server/analysis/compare/arm-value.ts';
import type { CompareInput } from '../../server/analysis/compare/compare-input.ts';
import { differenceSkewness, MOST_SKEWNESS } from '../../server/analysis/compare/skewness-warning.ts';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { normalCdf, normalQuantile } from '../../stats/index.ts';
import {
  ADJUSTED,
  emptyArm,
  inputOf,
  means,
  metricOf,
  NO_ROWS,
  rates,
  ratios,
  rowsWithEffect,
  units,
} from './sample-arms.ts';

const rate = metricOf('proportion');
const mean = metricOf('mean');

it('gives no p-value while numbers are live, and the same intervals with one at the look', () => {
  const arms = [rates('old', 100, 1000), rates('new', 150, 1000)] as const;
  const live = compareArms(inputOf(rate, ...arms, { occasion: 'reading' })).comparison;
  const look = compareArms(inputOf(rate, ...arms));
  expect(live).toMatchObject({ status: 'live', pValue: null, significant: null });
  expect(live.difference?.interval).toEqual(look.comparison.difference?.interval);
  expect(look.tested.pValue).toBeLessThan(0.05);
});

it('waits for the look with few events, and tests them exactly then: p and interval agree', () => {
  const arms = [rates('old', 0, 12_000), rates('new', 6, 12_000)] as const;
  const live = compareArms(inputOf(rate, ...arms, { occasion: 'reading' })).comparison;
  expect(live).toMatchObject({ status: 'insufficient', difference: null });
  expect(live.missing).toContain('3.0 expected in an arm: the next look will test them exactly');
  const { comparison, tested } = compareArms(inputOf(rate, ...arms));
  expect(comparison.difference?.method).toContain('exact unconditional');
  expect(tested.pValue).toBeCloseTo(0.014, 3);
  expect(comparison.difference?.interval?.lower).toBeGreaterThan(0);
  expect(comparison.relative).toMatchObject({ estimate: null, set: { shape: 'bounded', upper: null } });
  expect(comparison.relative?.set.shape === 'bounded' && comparison.relative.set.lower).toBeGreaterThan(0);
});

it('shows Fisher and Boschloo beside the exact test of a small table, and other intervals beside the score interval', () => {
  const few = compareArms(inputOf(rate, rates('old', 0, 20), rates('new', 4, 18))).comparison.others;
  expect(few.map((each) => each.method)).toEqual([
    'Fisher exact test',
    'Boschloo test',
    'Newcombe interval',
    'Agresti–Caffo interval',
    'pooled z test',
  ]);
  const many = compareArms(inputOf(rate, rates('old', 48, 80), rates('new', 56, 70))).comparison.others;
  expect(many[0]?.interval?.lower).toBeCloseTo(0.0524, 4);
  expect(many[1]?.interval?.upper).toBeCloseTo(0.3358, 4);
  expect((many[2]?.pValue ?? 0) > 0 && many[2]?.interval).toBe(null);
});

it('answers no events in a large control: 0 of 10,000 against 50 of 10,000 gives p 1.4e-12', () => {
  const { tested, comparison } = compareArms(inputOf(rate, rates('old', 0, 10_000), rates('new', 50, 10_000)));
  expect(tested.pValue).toBeCloseTo(1.44e-12, 14);
  expect(comparison.difference?.interval).toMatchObject({
    lower: expect.closeTo(0.0038, 4),
    upper: expect.closeTo(0.0066, 4),
  });
});

it('is not fooled by no events at all: no difference shown, and an interval that says how much is possible', () => {
  const { comparison, tested } = compareArms(inputOf(rate, rates('old', 0, 500), rates('new', 0, 500)));
  expect(tested).toMatchObject({ pValue: 1, z: 0 });
  expect(comparison.difference?.interval?.upper).toBeGreaterThan(0);
  expect(comparison.difference?.interval?.upper).toBeLessThan(0.02);
});

it('says what is missing: no mature units, too few, nothing that varies, no unit totals, a denominator of 0', () => {
  const missing = (a: Arm, b: Arm, metric = mean) => compareArms(inputOf(metric, a, b)).comparison.missing;
  expect(missing(emptyArm('old'), means('new', 5, 1, 1))).toContain('No unit of "old"');
  expect(missing(means('old', 1, 1, 0), means('new', 5, 1, 1))).toContain('Too few units');
  expect(missing(means('old', 5, 1, 0), means('new', 5, 2, 0))).toContain('Nothing varies');
  expect(missing(means('old', 5, 1, 1), means('new', 5, 2, 1), metricOf('quantile'))).toContain(
    'totals of single units',
  );
  const none = ratios('old', [
    [1, 0],
    [2, 0],
  ]);
  expect(
    missing(
      none,
      ratios('new', [
        [1, 1],
        [2, 3],
      ]),
      metricOf('ratio'),
    ),
  ).toContain('the denominator sums to 0');
});

it('reports the lift of a mean that may be 0 as an unbounded set', () => {
  const { comparison } = compareArms(inputOf(mean, means('old', 50, 0.01, 1), means('new', 50, 2, 1)));
  expect(['outside', 'unbounded']).toContain(comparison.relative?.set.shape);
});

it('gives z of the far tail by its logarithm, where p has underflowed', () => {
  const { tested } = compareArms(inputOf(mean, means('old', 1e6, 0, 1), means('new', 1e6, -0.1, 1)));
  expect(tested.pValue).toBe(0);
  expect(tested.z).toBeCloseTo(-0.1 / Math.sqrt(2e-6), 1);
});

it('gives a z also where nearly nothing varies', () => {
  for (const sd of [1e-9, 1e-12, 1e-100]) {
    const { tested } = compareArms(inputOf(mean, means('old', 1000, 0, sd), means('new', 1000, 1, sd)));
    expect(Number.isFinite(tested.z)).toBe(true);
    expect(tested.z).toBeGreaterThan(100);
    expect(Number.isFinite((tested.z ?? 0) ** 2)).toBe(true);
  }
});

it('excludes nothing where nothing may be concluded', () => {
  const metric = metricOf('mean', { margin: { absolute: 5 } });
  const { comparison, tested } = compareArms(
    inputOf(metric, means('old', 500, 10, 1), means('new', 500, 11, 1), { level: null }),
  );
  expect(comparison.difference).toMatchObject({ estimate: 1, interval: null });
  expect(comparison.relative?.set).toEqual({ shape: 'unbounded' });
  expect(comparison.margin).toMatchObject({ nonInferior: false, equivalent: false, limit: null });
  expect(tested.z).toBeGreaterThan(10);
  const few = compareArms(inputOf(rate, rates('old', 100, 1000), rates('new', 150, 1000), { level: null })).comparison;
  expect(few.others).toEqual([]);
});

it('shows p-values of other tests only at the one look of a fixed design', () => {
  const arms = [rates('old', 100, 1000), rates('new', 150, 1000)] as const;
  const linesOf = (more: Partial<CompareInput>) => compareArms(inputOf(rate, ...arms, more)).comparison.others;
  expect(linesOf({}).some((each) => each.pValue !== null)).toBe(true);
  const intervals = ['Newcombe interval', 'Agresti–Caffo interval'];
  for (const more of [{ occasion: 'reading' as const }, { level: 0.999 }]) {
    const lines = linesOf(more);
    expect(lines.map((each) => each.method)).toEqual(intervals);
    expect(lines.every((each) => each.pValue === null && each.interval !== null)).toBe(true);
  }
  const plain = { method: 'Welch t, not adjusted', pValue: 0.01, interval: { lower: 0.1, upper: 0.5 } };
  const rows = rowsWithEffect({ estimate: 0.3, standardError: 0.1, others: [plain] });
  const adjusted = (more: Partial<CompareInput>) =>
    compareArms(inputOf(mean, means('old', 50, 1, 1), means('new', 50, 1, 1), { rows, phase: ADJUSTED, ...more }))
      .comparison.others;
  expect(adjusted({})).toEqual([plain]);
  expect(adjusted({ occasion: 'reading' })).toEqual([{ ...plain, pValue: null }]);
  expect(adjusted({ level: 0.999 })).toEqual([]);
});

it('keeps units with a denominator of 0, and shows both parts of a ratio', () => {
  const control = ratios('old', [
    [1, 2],
    [0, 0],
    [3, 4],
    [2, 5],
  ]);
  const arm = ratios('new', [
    [2, 2],
    [0, 0],
    [3, 3],
    [2, 5],
  ]);
  const { comparison } = compareArms(inputOf(metricOf('ratio'), control, arm));
  expect(comparison.difference?.estimate).toBeCloseTo(7 / 10 - 6 / 11, 12);
  expect(comparison.components).toMatchObject([
    { name: 'sum of purchase per unit', estimate: 0.25, control: 1.5 },
    { name: 'count of visit per unit', estimate: -0.25, control: 2.75 },
  ]);
});

it('tests a rate with few events exactly, adjusted or not, and says so', () => {
  const rows = rowsWithEffect({ estimate: 0.01, standardError: 0.002 });
  const few = [rates('old', 1, 500), rates('new', 6, 500)] as const;
  const look = { rows, phase: ADJUSTED, occasion: 'look' } as const;
  const rare = compareArms(inputOf(metricOf('proportion'), ...few, look)).comparison;
  expect(rare.difference?.method).toContain('exact unconditional');
  expect(rare.warnings).toEqual(['Not adjusted for covariates: with so few events only the exact test holds.']);
  const many = [rates('old', 100, 500), rates('new', 120, 500)] as const;
  const adjusted = compareArms(inputOf(metricOf('proportion'), ...many, look)).comparison;
  expect(adjusted.difference?.estimate).toBe(0.01);
  expect(adjusted.warnings).toEqual([]);
});

it('shows both parts of a ratio that is adjusted', () => {
  const [control, arm] = [
    ratios('old', [
      [1, 2],
      [0, 0],
      [3, 4],
    ]),
    ratios('new', [
      [2, 2],
      [0, 0],
      [4, 3],
    ]),
  ];
  const rows = rowsWithEffect({ estimate: 0.3, standardError: 0.1 });
  const of = (kind: 'ratio' | 'mean') =>
    compareArms(inputOf(metricOf(kind), control, arm, { rows, phase: ADJUSTED })).comparison.components;
  const plain = compareArms(inputOf(metricOf('ratio'), control, arm)).comparison.components;
  expect(of('ratio')).toHaveLength(2);
  expect(of('ratio')).toEqual(plain);
  expect(of('mean')).toEqual([]);
});

it('finds no rate plausible that falls by more than all of it; a mean may', () => {
  const pair = { meanA: 0.008, meanB: 0.004, varianceOfMeanA: 4e-6, varianceOfMeanB: 6e-6, covariance: 0 };
  const rows = rowsWithEffect({ estimate: -0.004, standardError: 0.0025, pair });
  const lower = (kind: 'proportion' | 'mean') =>
    compareArms(
      inputOf(metricOf(kind), rates('old', 8, 1000), rates('new', 4, 1000), { rows, phase: ADJUSTED, level: 0.99 }),
    ).comparison.relative?.set;
  expect(lower('proportion')).toMatchObject({ shape: 'bounded', lower: -1 });
  const mean = lower('mean');
  expect(mean?.shape === 'bounded' && mean.lower).toBeLessThan(-1);
});

it('shows the value of an arm with its error: rate, mean, ratio; none where unit totals are needed', () => {
  const of = (metric: ReturnType<typeof metricOf>, arm: Arm) => armValue(metric, arm, NO_ROWS);
  expect(of(rate, rates('old', 20, 100)).standardError).toBeCloseTo(0.04, 12);
  expect(of(mean, means('old', 25, 7, 2))).toMatchObject({ units: 25, value: 7, standardError: 0.4, soFar: null });
  const halves = ratios('old', [
    [1, 2],
    [3, 4],
    [2, 6],
  ]);
  // linearised units (y - x / 2) / 4: 0, 0.25, -0.25
  expect(of(metricOf('ratio'), halves)).toMatchObject({ value: 0.5, standardError: Math.sqrt(0.0625 / 3) });
  expect(of(metricOf('mean', { capQuantile: 0.99 }), means('old', 25, 7, 2)).value).toBe(null);
  expect(of(mean, emptyArm('old'))).toMatchObject({ units: 0, value: null });
});

it('passes on what the job on unit totals found, and tests it at the level asked for', () => {
  const adjustment = {
    method: 'Lin',
    covariates: ['score'],
    varianceReduction: 0.4,
    unadjusted: { estimate: 1, standardError: 0.5 },
    missingShare: 0,
  };
  const rows = rowsWithEffect({
    estimate: 0.9,
    standardError: 0.3,
    degreesOfFreedom: 40,
    adjustment,
    warnings: ['look'],
  });
  const metric = metricOf('mean');
  const { comparison, tested } = compareArms(
    inputOf(metric, means('old', 50, 1, 1), means('new', 50, 2, 1), { rows, phase: ADJUSTED }),
  );
  expect(comparison).toMatchObject({
    difference: { estimate: 0.9, method: 'Lin, HC2' },
    adjustment: { ...adjustment, computedAt: '1970-01-01T00:00:00.000Z' },
    warnings: ['look'],
  });
  expect(tested.pValue).toBeCloseTo(0.0047, 3);
  expect(comparison.difference?.interval?.lower).toBeCloseTo(0.9 - 2.0211 * 0.3, 4);
  expect(armValue(metric, means('old', 50, 1, 1), rows)).toMatchObject({ units: 100, value: 1, standardError: 0.1 });
});

it('finds the arms of a ratio with their product, whichever measure has the smaller id', () => {
  const phase = { split: [{ variantId: 2, variant: 'new', weight: 1, control: false }] } as unknown as PhaseRow;
  const sums = (measureId: number, mature: boolean) => ({
    measureId,
    variantId: 2,
    mature,
    units: 4,
    sum: 8 * measureId,
    mean: 2 * measureId,
    m2: 3,
    m3: 0,
    capped: 0,
  });
  const rows = {
    ...NO_ROWS,
    measures: [sums(5, true), sums(3, true), sums(5, false), sums(3, false)],
    pairs: [{ measureA: 3, measureB: 5, variantId: 2, units: 4, m11: 1 }],
  };
  const metric = metricOf('ratio', { measureId: 5, denominatorId: 3 });
  const [arm] = armsOf(metric, phase, rows);
  expect(arm?.denominator).toMatchObject({ mature: { mean: 6 }, open: { mean: 6 }, product: { m11: 1 } });
  expect(arm && armValue(metric, arm, rows)).toMatchObject({ value: 10 / 6, soFar: 10 / 6 });
  const [same] = armsOf({ ...metric, denominatorId: 5 }, phase, rows);
  expect(same?.denominator?.product?.m11).toBe(3);
});

it('says how many units lie beyond fixed limits of a mean, and warns when that differs between the arms', () => {
  const arm = (variant: string, capped: number): Arm => {
    const { mature, ...rest } = means(variant, 1000, 1, 2);
    return { ...rest, mature: mature && { ...mature, capped } };
  };
  const limited = metricOf('mean', { lower: 0, upper: 9 });
  const alike = compareArms(inputOf(limited, arm('old', 10), arm('new', 12))).comparison;
  expect(alike.capped).toEqual({ lower: 0, upper: 9, shareControl: 0.01, shareVariant: 0.012 });
  expect(alike.warnings).toEqual([]);
  const apart = [arm('old', 10), arm('new', 40)] as const;
  const warning = '1.0 % of the units of "old" and 4.0 % of "new" lie beyond the cap: what differs there is cut off.';
  const above = compareArms(inputOf(metricOf('mean', { upper: 9 }), ...apart)).comparison;
  expect(above.capped).toMatchObject({ lower: null, upper: 9, shareVariant: 0.04 });
  expect(above.warnings).toEqual([warning]);
  // Adjusted by the job, the units are clipped by the same limits.
  const rows = rowsWithEffect({ estimate: 1, standardError: 1 });
  const adjusted = compareArms(inputOf(limited, ...apart, { rows, phase: ADJUSTED })).comparison;
  expect(adjusted.capped).toMatchObject({ lower: 0, upper: 9, shareVariant: 0.04 });
  expect(adjusted.warnings).toEqual([warning]);
  expect(compareArms(inputOf(mean, ...apart)).comparison.capped).toBe(null);
});

it('warns of a small arm with a long tail, not of equal arms, nor of a short tail', () => {
  const spread = (n: number, of: (z: number) => number) =>
    Array.from({ length: n }, (_, i) => of(normalQuantile((i + 0.5) / n)));
  const warned = (control: number, arm: number, of: (z: number) => number) =>
    compareArms(inputOf(mean, units('old', spread(control, of)), units('new', spread(arm, of)))).comparison.warnings;
  const lognormal = (z: number) => Math.exp(1.5 * z);
  expect(warned(10_000, 100, lognormal)[0]).toMatch(/Wait until it has about .* units, cap the values, or use a rank/);
  expect(warned(100, 10_000, lognormal)).toHaveLength(1);
  expect(warned(10_000, 10_000, lognormal)).toEqual([]);
  const exponential = (z: number) => -Math.log(1 - normalCdf(z));
  expect(warned(10_000, 30, exponential)).toHaveLength(1);
  expect(warned(10_000, 100, exponential)).toEqual([]);
  expect(warned(10_000, 30, (z) => z)).toEqual([]);
});

it('takes the limit of skewness from the first Edgeworth term: there one side of a 5 % test is used up', () => {
  const z = 1.959963984540054;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  expect((MOST_SKEWNESS * (2 * z * z + 1) * density) / 6).toBeCloseTo(0.025, 7);
  const control = units('old', [0, 0, 0, 4]).mature;
  const arm = units('new', [...Array(15).fill(0), 4]).mature;
  // g1 of [15 zeros, 4] is 3.614..., larger than 1.1547 of the other: 3.614 (1/16 - 1/4) / sqrt(1/16 + 1/4)
  expect(control && arm && differenceSkewness(control, arm)).toBeCloseTo(-1.2123, 3);
});
