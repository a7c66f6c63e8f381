import { expect, it } from 'vitest';
import type { SegmentSums } from '../../server/analysis/report-store.ts';
import { segmentReports } from '../../server/analysis/segment-reports.ts';
import type { ExperimentRow, PhaseRow } from '../../server/experiments/experiment-store.ts';
import { metricOf, NO_ROWS } from './sample-arms.ts';

const split = [
  { variantId: 2, variant: 'new', weight: 0.5, control: false },
  { variantId: 1, variant: 'old', weight: 0.5, control: true },
];
const running = { state: 'running', assignment: 'hash', split, plan: { level: 0.95 } } as PhaseRow;
const ended = { ...running, state: 'ended' } as PhaseRow;
const experiment = { metrics: [metricOf('mean', { key: 'revenue', name: 'Revenue' })] } as ExperimentRow;

/** Means of new and old per value; the standard deviation of a unit is 1. */
function sums(values: Record<string, { units: number; old: number; fresh: number }>) {
  const segments: SegmentSums[] = [];
  const segmentValues = Object.keys(values).map((value, k) => ({ id: k + 1, attribute: 'country', value }));
  Object.values(values).forEach(({ units, old, fresh }, k) => {
    for (const [variantId, mean] of [
      [1, old],
      [2, fresh],
    ] as const) {
      segments.push({ segmentId: k + 1, measureId: 1, variantId, units, sum: mean * units, mean, m2: units - 1 });
    }
  });
  const all = { measureId: 1, mature: true, units: 10_000, sum: 0, mean: 0, m2: 9_999, m3: 0, capped: 0 };
  const measures = [
    { ...all, variantId: 1 },
    { ...all, variantId: 2 },
  ];
  return { ...NO_ROWS, segments, segmentValues, measures };
}

const apart = sums({
  GB: { units: 5000, old: 10, fresh: 9.9 },
  DE: { units: 5000, old: 10, fresh: 10.2 },
  FR: { units: 20, old: 10, fresh: 14 },
});
const alike = sums({
  GB: { units: 5000, old: 10, fresh: 10.05 },
  DE: { units: 5000, old: 12, fresh: 12.06 },
});

it('says that effects differ, from where to where, and which values are left out', () => {
  const [report] = segmentReports(experiment, ended, apart);
  expect(report?.values.map(({ value }) => value)).toEqual(['GB', 'DE']);
  expect(report?.values[1]).toMatchObject({ units: 10_000, standardError: 0.02 });
  expect(report?.values[1]?.estimate).toBeCloseTo(0.2, 12);
  expect(report?.values[1]?.shrunken).toBeLessThan(report?.values[1]?.estimate ?? 0);
  // z = 0.3 / 0.0283 = 10.6: Q is its square.
  expect(report?.heterogeneity?.q).toBeCloseTo(112.5, 8);
  expect(report?.heterogeneity?.common.estimate).toBeCloseTo(0.05, 12);
  expect(report?.heterogeneity?.differs).toBe(true);
  expect(report?.sentence).toMatch(
    /^The effect on "Revenue" differs by country \(q = .*e-26\): from −0\.09\d+ \(GB\) to \+0\.19\d+ \(DE\)\. Some are helped and others harmed\. Left out, too few units: FR\.$/,
  );
});

it('shows no p-value while the phase runs or units are open, and decides by evidence then', () => {
  const [report] = segmentReports(experiment, running, apart);
  expect(report?.heterogeneity).toMatchObject({ pValue: null, adjustedPValue: null, oppositeSignsPValue: null });
  expect(report?.heterogeneity?.differs).toBe(true);
  expect(report?.sentence).toContain('valid at any time');
  const open = { ...apart, measures: [...apart.measures, { ...apart.measures[0]!, mature: false, units: 3 }] };
  expect(segmentReports(experiment, ended, open)[0]?.heterogeneity?.pValue).toBeNull();
  expect(segmentReports(experiment, ended, apart)[0]?.heterogeneity?.pValue).toBeLessThan(1e-20);
});

it('finds no difference where there is none, and none to look for below two values', () => {
  const [report] = segmentReports(experiment, running, alike);
  expect(report?.heterogeneity?.differs).toBe(false);
  expect(report?.sentence).toBe('No sign so far that the effect on "Revenue" differs by country.');
  expect(segmentReports(experiment, ended, alike)[0]?.sentence).toContain('(q = ');
  const single = sums({ GB: { units: 5000, old: 10, fresh: 9.9 }, DE: { units: 49, old: 10, fresh: 10.2 } });
  expect(segmentReports(experiment, running, single)[0]).toMatchObject({
    heterogeneity: null,
    sentence: 'Nothing to compare by country yet: fewer than two values have 50 mature units in each variant.',
  });
});

it('corrects over all breakdowns: the same difference counts less among many', () => {
  const slight = sums({ GB: { units: 5000, old: 10, fresh: 10 }, DE: { units: 5000, old: 10, fresh: 10.07 } });
  const many = Array.from({ length: 8 }, (_, k) => metricOf('mean', { key: `m${k}`, measureId: k === 0 ? 1 : 3 }));
  const others = alike.segments.map((each) => ({ ...each, measureId: 3 }));
  const rows = {
    ...slight,
    segments: [...slight.segments, ...others],
    measures: [...slight.measures, ...slight.measures.map((each) => ({ ...each, measureId: 3 }))],
  };
  const alone = segmentReports(experiment, ended, slight)[0]?.heterogeneity;
  const among = segmentReports({ metrics: many } as ExperimentRow, ended, rows)[0]?.heterogeneity;
  expect(alone?.pValue).toBe(among?.pValue);
  expect(alone?.adjustedPValue).toBe(alone?.pValue);
  expect(among?.adjustedPValue).toBeCloseTo(8 * (among?.pValue ?? 1), 12);
  expect([alone?.differs, among?.differs]).toEqual([true, false]);
});

it('leaves out secondary metrics, and values of a rate with too few events', () => {
  const rate = metricOf('proportion', { role: 'guardrail' });
  const secondary = metricOf('mean', { role: 'secondary' });
  const rows = sums({
    GB: { units: 1000, old: 0.1, fresh: 0.12 },
    DE: { units: 1000, old: 0.002, fresh: 0.006 },
    FR: { units: 1000, old: 0.1, fresh: 0.1 },
  });
  const reports = segmentReports({ metrics: [rate, secondary] } as ExperimentRow, running, rows);
  expect(reports.map(({ values }) => values.map(({ value }) => value))).toEqual([['GB', 'FR']]);
  expect(reports[0]?.sentence).toContain('Left out, too few units: DE.');
});
