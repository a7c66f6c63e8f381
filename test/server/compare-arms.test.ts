import { expect, it } from 'vitest';
import type { Arm } from '../../server/analysis/arms.ts';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import { adjustLook, lookOf } from '../../server/analysis/look.ts';

function rates(variant: string, x: number, n: number): Arm {
  const mean = x / n;
  const mature = { measureId: 1, variantId: 1, mature: true, units: n, sum: x, mean, m2: n * mean * (1 - mean) };
  return { variant, variantId: variant === 'old' ? 1 : 2, control: variant === 'old', mature, open: null };
}

function means(variant: string, n: number, mean: number, sd: number): Arm {
  const mature = { measureId: 1, variantId: 1, mature: true, units: n, sum: n * mean, mean, m2: sd * sd * (n - 1) };
  return { variant, variantId: variant === 'old' ? 1 : 2, control: variant === 'old', mature, open: null };
}

it('gives no p-value while numbers are live, and the same intervals with one at the look', () => {
  const live = compareArms('proportion', rates('old', 100, 1000), rates('new', 150, 1000), 0.95, 'reading').comparison;
  const look = compareArms('proportion', rates('old', 100, 1000), rates('new', 150, 1000), 0.95, 'look');
  expect(live).toMatchObject({ status: 'live', pValue: null, significant: null });
  expect(live.difference?.interval).toEqual(look.comparison.difference?.interval);
  expect(look.tested.pValue).toBeLessThan(0.05);
});

it('waits for the look with few events, and tests them exactly then: p and interval agree', () => {
  const [control, arm] = [rates('old', 0, 12_000), rates('new', 6, 12_000)];
  const live = compareArms('proportion', control, arm, 0.95, 'reading').comparison;
  expect(live).toMatchObject({ status: 'insufficient', difference: null });
  expect(live.missing).toContain('3.0 expected in an arm: the final look will test them exactly');
  const { comparison, tested } = compareArms('proportion', control, arm, 0.95, 'look');
  expect(comparison.difference?.method).toContain('exact unconditional');
  expect(tested.pValue).toBeCloseTo(0.014, 3);
  expect(comparison.difference?.interval.lower).toBeGreaterThan(0);
  expect(comparison.relative).toMatchObject({ estimate: null, set: { shape: 'bounded', upper: null } });
  expect(comparison.relative?.set.shape === 'bounded' && comparison.relative.set.lower).toBeGreaterThan(0);
});

it('is not fooled by no events at all: no difference shown, and an interval that says how much is possible', () => {
  const { comparison, tested } = compareArms('proportion', rates('old', 0, 500), rates('new', 0, 500), 0.95, 'look');
  expect(tested.pValue).toBe(1);
  expect(comparison.difference?.interval.upper).toBeGreaterThan(0);
  expect(comparison.difference?.interval.upper).toBeLessThan(0.02);
});

it('says what is missing: no mature units, too few, nothing that varies', () => {
  const missing = (a: Arm, b: Arm) => compareArms('mean', a, b, 0.95, 'look').comparison.missing;
  expect(missing({ ...means('old', 5, 1, 1), mature: null }, means('new', 5, 1, 1))).toContain('No unit of "old"');
  expect(missing(means('old', 1, 1, 0), means('new', 5, 1, 1))).toContain('Too few units');
  expect(missing(means('old', 5, 1, 0), means('new', 5, 2, 0))).toContain('Nothing varies');
});

it('reports the lift of a mean that may be 0 as an unbounded set', () => {
  const { comparison } = compareArms('mean', means('old', 50, 0.01, 1), means('new', 50, 2, 1), 0.95, 'look');
  expect(['outside', 'unbounded']).toContain(comparison.relative?.set.shape);
});

it('decides by Holm over the primary comparisons, and lets every other metric stand for itself', () => {
  const metric = (id: number, role: 'primary' | 'guardrail') =>
    ({ id, role, kind: 'proportion' }) as Parameters<typeof lookOf>[0];
  const now = new Date(0);
  const control = rates('old', 1000, 10_000);
  const results = adjustLook(
    [
      lookOf(metric(1, 'primary'), control, rates('new', 1090, 10_000), 0.95, now),
      lookOf(metric(1, 'primary'), control, rates('new', 1085, 10_000), 0.95, now),
      lookOf(metric(2, 'guardrail'), control, rates('new', 1085, 10_000), 0.95, now),
    ],
    0.95,
  );
  const [first, second, guardrail] = results.map((each) => each.comparison);
  expect(first?.adjustedPValue).toBeCloseTo(2 * (first?.pValue ?? 0), 12);
  expect(second?.adjustedPValue).toBeCloseTo(Math.max(2 * (first?.pValue ?? 0), second?.pValue ?? 0), 12);
  expect(guardrail).toMatchObject({ adjustedPValue: null, status: 'final' });
  expect(guardrail?.significant).toBe((guardrail?.pValue ?? 1) < 0.05);
});
