import { describe, expect, it } from 'vitest';
import { interleaveGate, interleaveVerdict } from '../../server/analysis/interleave/interleave-gate.ts';
import { degradedCheck, draftCheck } from '../../server/analysis/interleave/interleave-health.ts';
import { dueInterleaveLook, ruleOf } from '../../server/analysis/interleave/interleave-plan.ts';
import type { ImpressionSums, MetricSums, ScoreSums } from '../../server/analysis/interleave/interleave-result.ts';
import { comparePreferences } from '../../server/analysis/interleave/preference-comparison.ts';
import type { InterleaveMetric, InterleaveReport } from '../../server/contract/interleave-contract.ts';
import type { HealthItem } from '../../server/contract/report-contract.ts';
import { unitPreference } from '../../stats/index.ts';

const START = new Date('2026-11-01T00:00:00Z');
const after = (seconds: number) => new Date(START.getTime() + seconds * 1000);
const drafts = (units: number): ImpressionSums => ({
  asOf: '',
  units,
  total: units,
  degraded: [],
  teams: [],
  uneven: [],
});

const phaseOf = (plan: { units?: number; durationSeconds?: number }, ended: number | null = null) =>
  ({
    plan: { units: null, durationSeconds: null, level: 0.95, ...plan },
    state: ended === null ? 'running' : 'ended',
    startedAt: START,
    endedAt: ended === null ? null : after(ended),
    settings: {},
  }) as never;

/** Sums as the job makes them of outcomes by unit. */
function sumsOf(units: number[][], open = 0): MetricSums {
  const scores = units.map((each) => each.reduce((sum, outcome) => sum + outcome, 0) / each.length);
  const count = (values: number[], sign: number) => values.filter((each) => Math.sign(each) === sign).length;
  const score: ScoreSums = {
    sum: scores.reduce((sum, each) => sum + each, 0),
    sumOfSquares: scores.reduce((sum, each) => sum + each * each, 0),
    wins: count(scores, 1),
    ties: count(scores, 0),
    losses: count(scores, -1),
    impressionWins: count(units.flat(), 1),
    impressionLosses: count(units.flat(), -1),
  };
  return {
    asOf: '',
    units: { complete: units.length, open },
    impressions: { complete: units.flat().length, late: 0 },
    value: { sum: units.length, sumOfSquares: 2 * units.length },
    pairs: [{ variant: 'new', against: 'old', contested: score, plain: score, outcomes: { variant: 60, against: 40 } }],
    positions: [],
  };
}

const metricOf = (id: number, role: string, direction = 'increase') =>
  ({ id, key: `m${id}`, name: `M${id}`, role, direction, kind: 'proportion', outcome: 'click' }) as never;

const liking = Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? [-1] : i % 3 === 0 ? [0] : [1, 1, 0]));

describe('The look', () => {
  const all = (complete: number, open: number) => [
    {
      metric: metricOf(1, 'primary'),
      sums: sumsOf(
        Array.from({ length: complete }, () => [1]),
        open,
      ),
    },
  ];
  it.each([
    ['before the planned units', { units: 100 }, null, 99, 5, null],
    ['at the planned units', { units: 100 }, null, 100, 5, { planned: true }],
    ['at the planned time', { durationSeconds: 600 }, null, 3, 5, { planned: true }],
    ['at the planned time with fewer than two complete units', { durationSeconds: 600 }, null, 1, 5, null],
    ['without an end while it runs', {}, null, 5000, 0, null],
    ['after an end with open units', {}, 500, 80, 2, null],
    ['after an end that no plan fixed', {}, 500, 80, 0, { planned: false }],
    ['after an end short of the plan', { units: 1000 }, 500, 80, 0, { planned: false }],
    ['after an end with the planned units, some of which are complete later', { units: 82 }, 500, 80, 2, null],
  ] as const)('%s', (_, plan, ended, complete, open, due) => {
    expect(dueInterleaveLook(phaseOf(plan, ended), all(complete, open), drafts(complete + open), after(600))).toEqual(
      due,
    );
  });

  it('decides where the plan fixed it; else what may be read at any time', () => {
    const decidedBy = (plan: object, ended: number | null, units: number, look: { planned: boolean } | null) =>
      ruleOf(phaseOf(plan, ended), units, look).decidedBy;
    expect(decidedBy({ units: 100 }, null, 10, null)).toBe('look');
    expect(decidedBy({ units: 100 }, 50, 10, null)).toBe('always_valid');
    expect(decidedBy({ units: 100 }, 50, 100, null)).toBe('look');
    expect(decidedBy({}, null, 10, null)).toBe('always_valid');
    expect(decidedBy({}, 50, 10, { planned: false })).toBe('always_valid');
  });
});

describe('A comparison', () => {
  const rule = { level: 0.95, tunedTo: 200, atLook: true, decidedBy: 'look' } as const;
  const compare = (more: object = {}) =>
    comparePreferences([{ metric: metricOf(1, 'primary'), sums: sumsOf(liking) }], { ...rule, ...more }).get(1)![0]!;

  it('says what unitPreference says of the same units', () => {
    const { test, signs } = unitPreference(liking);
    const { contested, preferred } = compare();
    if (test.status !== 'ok' || signs.status !== 'ok') throw new Error('no test');
    expect(contested.estimate).toBeCloseTo(test.estimate, 12);
    expect(contested.test?.pValue).toBeCloseTo(test.p, 14);
    expect(contested.signTest?.pValue).toBeCloseTo(signs.p!, 14);
    expect(preferred).toBe('new');
  });

  it('has no t and no sign test before the look, and is then decided by nothing where the look is to decide', () => {
    const { contested, plain, preferred, abTest } = compare({ atLook: false });
    expect([contested.test, contested.signTest, plain.test, plain.signTest, preferred, abTest]).toEqual(
      Array(6).fill(null),
    );
    expect(contested.alwaysValid).not.toBeNull();
    expect(compare({ atLook: false, decidedBy: 'always_valid' }).preferred).toBe('new');
  });

  it('corrects over the primary metrics together, and others by themselves', () => {
    const lines = [1, 2, 3].map((id) => ({
      metric: metricOf(id, id < 3 ? 'primary' : 'secondary'),
      sums: sumsOf(liking),
    }));
    const found = comparePreferences(lines, rule);
    const { pValue, adjustedPValue } = found.get(1)![0]!.contested.test!;
    expect(adjustedPValue).toBeCloseTo(2 * pValue, 14);
    expect(found.get(3)![0]!.contested.test!.adjustedPValue).toBe(pValue);
  });

  it('says what is missing where nothing can be tested', () => {
    const lines = [{ metric: metricOf(1, 'primary'), sums: sumsOf([[0], [0]]) }];
    expect(comparePreferences(lines, rule).get(1)![0]).toMatchObject({ status: 'insufficient', preferred: null });
  });
});

describe('The gate', () => {
  const metric = (role: string, preferred: string | null, status = 'look') =>
    ({
      key: role,
      role,
      sentence: role,
      comparisons: [{ variant: 'new', against: 'old', preferred, status }],
    }) as unknown as InterleaveMetric;
  const reportOf = (...metrics: InterleaveMetric[]) =>
    ({ sentence: 's', metrics, look: { at: 'x' } }) as unknown as InterleaveReport;
  const alarm = { status: 'alarm', sentence: 'unfair' } as HealthItem;
  it.each([
    ['pass', [metric('primary', 'new')], [], 'ship'],
    ['fail', [metric('primary', 'old')], [], 'do_not_ship'],
    ['inconclusive', [metric('primary', null)], [], 'look_closer'],
    ['no_data', [metric('primary', null, 'insufficient')], [], 'insufficient'],
    ['no_data', [], [], 'insufficient'],
    ['fail', [metric('primary', 'new'), metric('guardrail', 'old')], [alarm], 'do_not_ship'],
    ['inconclusive', [metric('primary', 'new')], [alarm], 'invalid'],
    ['inconclusive', [metric('primary', 'old')], [alarm], 'invalid'],
    ['fail', [metric('primary', 'new'), metric('primary', 'old')], [], 'do_not_ship'],
  ] as const)('%s', (state, metrics, health, kind) => {
    const report = reportOf(...metrics);
    const gate = interleaveGate(report, 'old', [...health]);
    expect(gate.state).toBe(state);
    expect(interleaveVerdict(report, gate, [...health]).kind).toBe(kind);
  });
});

describe('Health', () => {
  const teams = (first: number, second: number) => [
    { variant: 'new', firstPicks: first, items: 10 },
    { variant: 'old', firstPicks: second, items: 10 },
  ];
  it('alarms at first picks or odd items that no coin gives', () => {
    const uneven = (more: number, fewer: number) => [{ variant: 'new', against: 'old', more, fewer }];
    const status = (first: number, second: number, more: number, fewer: number) =>
      draftCheck({ ...drafts(1000), teams: teams(first, second), uneven: uneven(more, fewer) }).status;
    expect(status(510, 490, 480, 520)).toBe('ok');
    expect(status(700, 300, 500, 500)).toBe('alarm');
    expect(status(500, 500, 300, 700)).toBe('alarm');
    expect(status(0, 0, 0, 0)).toBe('waiting');
  });

  it('warns where more than one in a hundred impressions lacks a list', () => {
    const lost = (impressions: number) =>
      degradedCheck({ ...drafts(1000), degraded: [{ variant: 'new', cause: 'timeout', impressions }] });
    expect(lost(10).status).toBe('ok');
    expect(lost(11)).toMatchObject({ status: 'warning', numbers: { share: 0.011 } });
    expect(degradedCheck(drafts(0)).status).toBe('waiting');
  });
});
