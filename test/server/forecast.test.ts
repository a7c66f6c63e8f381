import { expect, it } from 'vitest';
import { nextLooks } from '../../server/analysis/next-looks.ts';
import { buildReport } from '../../server/analysis/report.ts';
import type { LookRow } from '../../server/analysis/report-store.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { conditionalPower, groupSequentialDesign } from '../../stats/index.ts';
import { type ArmData, afterDays, experimentOf, metricOf, phaseOf, rowsOf, stored } from './report-fixture.ts';

const mean = metricOf({ kind: 'mean', aggregate: 'sum' });
/** Two arms of 500 units, mean 10, standard deviation 4, no effect. */
const arms: ArmData[] = [
  { variantId: 1, n: 500, mean: 10, variance: 16 },
  { variantId: 2, n: 500, mean: 10, variance: 16 },
];
/** 200 units a day in the last seven. */
const cohorts = Array.from({ length: 10 }, (_, day) => ({ at: afterDays(day), variantId: 1, units: 200 }));

function forecast(plan: Partial<Plan>, looks: LookRow[] = [], metrics = [mean]) {
  const phase = phaseOf(plan);
  const report = buildReport(
    experimentOf(metrics, phase),
    phase,
    rowsOf(arms, looks, { cohorts }),
    null,
    afterDays(10),
  );
  return report.progress?.forecast ?? null;
}

/** (z of alpha + z of 0.8 power)² 2 sd² / difference², for both arms. */
const needed = (alphaZ: number, difference: number) => 2 * 2 * 16 * ((alphaZ + 0.8416212) / difference) ** 2;

it('says how many units the planned effect needs, and how many days that takes', () => {
  const found = forecast({ design: 'fixed', units: 20_000, minimumEffect: 0.01 });
  expect(found?.unitsNeeded).toBe(Math.ceil(needed(1.959964, 0.1)));
  expect(found?.unitsLeft).toBe((found?.unitsNeeded ?? 0) - 1000);
  expect(found?.daysLeft).toBeCloseTo((found?.unitsLeft ?? 0) / 200, 9);
  expect(found?.sentence).toMatch(/^To find an effect of 1\.0\s% on "Clicked" 50\s233 units are needed/);
});

it('names no number of units that nobody will ever have', () => {
  const found = forecast({ design: 'fixed', units: 20_000, minimumEffect: 1e-9 });
  expect(found).toMatchObject({ unitsNeeded: null, unitsLeft: 19_000 });
  expect(found?.sentence).not.toContain('To find an effect');
});

it('says which effect the planned end can show', () => {
  const found = forecast({ design: 'fixed', units: Math.ceil(needed(1.959964, 0.1)) });
  expect(found?.minimumDetectableEffect).toBeCloseTo(0.01, 6);
  expect(found).toMatchObject({ unitsNeeded: null, conditionalPower: null });
  // 1,000 now and 200 a day for ten more days
  const timed = forecast({ design: 'fixed', durationSeconds: 20 * 86_400 });
  expect(timed?.minimumDetectableEffect).toBeCloseTo(Math.sqrt(needed(1.959964, 1) / 3000) / 10, 6);
});

it('counts what several looks and several comparisons cost', () => {
  const one = forecast({ design: 'fixed', units: 20_000, minimumEffect: 0.01 })?.unitsNeeded ?? 0;
  const several = forecast({ design: 'group_sequential', looks: 5, units: 20_000, minimumEffect: 0.01 });
  const times = [0.2, 0.4, 0.6, 0.8, 1];
  const { drift } = groupSequentialDesign({ type: 'obrien_fleming' }, times, { alpha: 0.045 });
  expect((several?.unitsNeeded ?? 0) / one).toBeCloseTo((drift / (1.959964 + 0.8416212)) ** 2, 4);
  const open = forecast({ design: 'always_valid', looks: null, minimumEffect: 0.01 })?.unitsNeeded ?? 0;
  expect(open / one).toBeGreaterThan(1.8);
  expect(open / one).toBeLessThan(2.6);
  const two = [mean, metricOf({ ...mean, id: 7, key: 'other' })];
  expect(forecast({ design: 'fixed', units: 20_000, minimumEffect: 0.01 }, [], two)?.unitsNeeded).toBe(
    Math.ceil(needed(2.2414027, 0.1)),
  );
});

it('says how likely a conclusion still is after an interim look', () => {
  const plan: Partial<Plan> = { design: 'group_sequential', looks: 2, units: 2000, minimumEffect: 0.05 };
  const phase = phaseOf(plan);
  const shifted: ArmData[] = [arms[0]!, { variantId: 2, n: 500, mean: 10.3, variance: 16 }];
  const looks = stored(
    nextLooks(experimentOf([mean], phase), phase, rowsOf(shifted), null, afterDays(5)),
    afterDays(5),
  );
  const { z } = looks[0]!.result as { z: number };
  const expected = conditionalPower({ z, t: 0.5, critical: 2.0124282, drift: 0.5 / (4 * Math.sqrt(2 / 1000)) });
  expect(forecast(plan, looks)?.conditionalPower).toBeCloseTo(expected.planned, 6);
  expect(forecast(plan)?.conditionalPower).toBeNull();
});

it('is silent without data, without variance, and after the last planned look', () => {
  const plan: Partial<Plan> = { design: 'fixed', units: 1000 };
  const phase = phaseOf(plan);
  const row = experimentOf([mean], phase);
  const of = (data: ArmData[], looks: LookRow[] = []) =>
    buildReport(row, phase, rowsOf(data, looks), null, afterDays(10)).progress?.forecast;
  expect(of([])).toBeNull();
  expect(of(arms.map((each) => ({ ...each, variance: 0 })))).toBeNull();
  expect(of(arms.map((each) => ({ ...each, mean: 0 })))).toBeNull();
  expect(of(arms, stored(nextLooks(row, phase, rowsOf(arms), null, afterDays(9)), afterDays(9)))).toBeNull();
});
