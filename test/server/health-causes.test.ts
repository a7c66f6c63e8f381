import { expect, it } from 'vitest';
import { healthChecks } from '../../server/analysis/health-checks.ts';
import type { ReportRows } from '../../server/analysis/report-store.ts';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { NO_ROWS } from './sample-arms.ts';

const now = new Date('2026-01-03T00:00:00Z');
const startedAt = new Date('2026-01-01T00:00:00Z');
const phase = {
  assignment: 'hash',
  state: 'running',
  rebuildWanted: false,
  startedAt,
  plan: { level: 0.95, design: 'group_sequential', looks: 5, units: 10_000, durationSeconds: null },
  split: [
    { variantId: 2, variant: 'new', weight: 0.5, control: false },
    { variantId: 1, variant: 'old', weight: 0.5, control: true },
  ],
} as PhaseRow;

function item(
  check: string,
  rows: Partial<ReportRows>,
  of = phase,
  variants: Report['variants'] = [],
  metrics: MetricReport[] = [],
) {
  const found = healthChecks(of, { ...NO_ROWS, ...rows }, variants, metrics, now).find((each) => each.check === check);
  return found ?? null;
}

const counts = (old: number, fresh: number, sticky = 0) => [
  { variantId: 1, units: old, mixed: 0, sticky },
  { variantId: 2, units: fresh, mixed: 0, sticky: 0 },
];

it('lists the usual causes of an uneven split when the data point to none, and no causes when all is well', () => {
  expect(item('sample_ratio', { counts: counts(5000, 5050) })?.causes).toEqual([]);
  const causes = item('sample_ratio', { counts: counts(5500, 4500) })?.causes;
  expect(causes).toHaveLength(2);
  expect(causes?.[0]).toContain('keeps units of "new" from being recorded');
  const external = { ...phase, assignment: 'external' } as PhaseRow;
  expect(item('sample_ratio', { counts: counts(4500, 5500) }, external)?.causes[0]).toContain('lost units of "old"');
});

it('puts crashes first where calls of the short variant have no record', () => {
  const calls = (made: number, missing: number) => ({ made, missing, errors: 0, timeouts: 0, cancelled: 0, meanMs: 1 });
  const arm = { weight: 0.5, units: 5000, mixedUnits: 0, rememberedUnits: 0 };
  const variants = [
    { ...arm, variant: 'old', control: true, calls: calls(5500, 5) },
    { ...arm, variant: 'new', control: false, calls: calls(4500, 200) },
  ];
  const [first] = item('sample_ratio', { counts: counts(5500, 4500) }, phase, variants)?.causes ?? [];
  expect(first).toMatch(/^Processes crash before they send: 4\.4\s% of the calls of "new" have no record/);
});

it('dates the beginning where the split was right before', () => {
  const cohorts = Array.from({ length: 24 }, (_, hour) => {
    const at = new Date(startedAt.getTime() + hour * 3_600_000);
    return [
      { at, variantId: 1, units: 500 },
      { at, variantId: 2, units: hour < 15 ? 500 : 350 },
    ];
  }).flat();
  const { causes } = item('sample_ratio', { counts: counts(12_000, 10_650), cohorts }) ?? { causes: [] };
  expect(causes[0]).toContain('It began about 2026-01-01 15:00 UTC');
  const always = cohorts.map((each) => ({ ...each, units: each.variantId === 2 ? 450 : 500 }));
  const since = item('sample_ratio', { counts: counts(12_000, 10_800), cohorts: always })?.causes ?? [];
  expect(since.join()).not.toContain('It began');
});

it('names the segments in which the split is wrong, and them as the cause', () => {
  const segmentValues = ['GB', 'DE', null].map((value, k) => ({ id: k + 1, attribute: 'country', value }));
  const segmentCounts = segmentValues.flatMap(({ id }) => [
    { segmentId: id, variantId: 1, units: 4000 },
    { segmentId: id, variantId: 2, units: id === 2 ? 3400 : 4010 },
  ]);
  const rows = { segmentValues, segmentCounts, counts: counts(12_000, 11_420) };
  expect(item('segment_ratio', rows)).toMatchObject({
    status: 'alarm',
    sentence: 'Units of country = DE are not split as planned: their effects cannot be trusted.',
    numbers: { segments: 3, uneven: 1 },
  });
  expect(item('sample_ratio', { ...rows, counts: counts(12_000, 10_900) })?.causes[0]).toContain(
    'It is in country = DE',
  );
  const even = { ...rows, segmentCounts: segmentCounts.map((each) => ({ ...each, units: 4000 })) };
  expect(item('segment_ratio', even)).toMatchObject({ status: 'ok', causes: [] });
  expect(item('segment_ratio', {})).toBeNull();
});

it('gathers warnings of skewed means, and is silent without means', () => {
  const mean = (warnings: string[], role = 'primary') =>
    ({ kind: 'mean', role, name: 'Revenue', comparisons: [{ warnings }] }) as unknown as MetricReport;
  const warning =
    'A few units with very large values weigh much in the smaller variant: a test at 5 % errs more often.';
  expect(item('skewness', {}, phase, [], [mean([])])?.status).toBe('ok');
  expect(item('skewness', {}, phase, [], [mean([warning])])).toMatchObject({
    status: 'warning',
    numbers: { flagged: 1 },
  });
  expect(item('skewness', {}, phase, [], [mean([warning], 'secondary')])).toBeNull();
});

const look = (k: number, mature: number, significant = false) => ({
  metricId: 1,
  comparison: 2,
  k,
  at: new Date('2026-01-02T00:00:00Z'),
  result: { role: 'primary', mature, comparison: { significant }, control: { units: 1 }, arm: { units: 1 } },
});
const ended = { ...phase, state: 'ended', endedAt: new Date('2026-01-02T03:00:00Z') } as PhaseRow;

it('warns of an end that the plan did not foresee', () => {
  expect(item('plan', { looks: [look(1, 2000), look(2, 4000)] })).toMatchObject({
    status: 'ok',
    sentence: 'Looks were taken as planned: 2 of 5.',
    numbers: { looksTaken: 2, looksPlanned: 5 },
  });
  expect(item('plan', { looks: [look(1, 2000), look(2, 4000)] }, ended)).toMatchObject({ status: 'warning' });
  expect(item('plan', { looks: [look(2, 4000)] }, ended)?.sentence).toContain(
    'It ended 3 hours after look 2 of 5, which had not crossed',
  );
  expect(item('plan', {}, ended)?.sentence).toContain('before the first of 5 planned looks');
});

it('accepts an end after a crossing, at the end of the plan, and whenever the design is always valid', () => {
  expect(item('plan', { looks: [look(1, 2000), look(2, 4000, true)] }, ended)?.status).toBe('ok');
  expect(item('plan', { looks: [look(1, 2000)], counts: counts(5000, 5000) }, ended)?.status).toBe('waiting');
  const mixed = counts(5000, 5000).map((each) => ({ ...each, mixed: 1 }));
  expect(item('plan', { looks: [look(1, 2000)], counts: mixed }, ended)?.status).toBe('warning');
  expect(item('plan', { looks: [look(5, 10_000)] }, ended)?.status).toBe('ok');
  const open = { ...ended, plan: { ...phase.plan, design: 'always_valid' } } as PhaseRow;
  expect(item('plan', { looks: [look(1, 2000)] }, open)?.status).toBe('ok');
});

it('says when a look came a whole step late', () => {
  expect(item('plan', { looks: [look(1, 3900)] })?.status).toBe('ok');
  const late = item('plan', { looks: [look(1, 4500)] });
  expect(late?.status).toBe('warning');
  expect(late?.sentence).toMatch(/^Look 1 of 5 came late, at 45\.0\s% of the plan instead of 20\.0\s%/);
});
