import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EMPTY_COMPARISON } from '../../server/analysis/compare-arms.ts';
import { verdictOf } from '../../server/analysis/verdict.ts';
import { factsOf, type VerdictInput } from '../../server/analysis/verdict-facts.ts';
import { VERDICT_TABLE } from '../../server/analysis/verdict-table.ts';
import type { Comparison, HealthItem, MetricReport, Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';

type Role = MetricReport['role'];
type Change = Partial<Comparison> & { direction?: MetricReport['direction'] };

/** A metric after a look: the difference of each challenger, and whether it is significant. */
function metric(role: Role, arms: [difference: number, significant: boolean, change?: Change][]): MetricReport {
  const names = arms.length === 1 ? ['new'] : arms.map((_, i) => `new-${i + 1}`);
  const value = (variant: string, of: number) => ({
    variant,
    matureUnits: 1000,
    openUnits: 0,
    value: of,
    standardError: 0.01,
    interval: null,
    soFar: null,
    probabilityBest: null,
  });
  return {
    key: `${role}-metric`,
    name: 'Clicked',
    kind: 'proportion',
    role,
    direction: arms[0]?.[2]?.direction ?? 'increase',
    outcome: 'click',
    aggregate: 'any',
    denominator: null,
    denominatorAggregate: null,
    quantile: null,
    fromSeconds: 0,
    windowSeconds: 60,
    latenessSeconds: 60,
    family: null,
    computedAt: null,
    looks: [],
    surrogate: null,
    variants: [value('old', 0.2), ...arms.map(([difference], i) => value(names[i] ?? '', 0.2 + difference))],
    comparisons: arms.map(([difference, significant, { direction: _, ...change } = {}], i) => ({
      ...EMPTY_COMPARISON,
      variant: names[i] ?? '',
      control: 'old',
      status: 'final',
      lookAt: '2026-01-01T00:00:00Z',
      difference: {
        estimate: difference,
        standardError: 0.01,
        interval: { lower: difference - 0.02, upper: difference + 0.02 },
        method: 'm',
      },
      pValue: significant ? 0.001 : 0.4,
      log10P: significant ? -3 : -0.4,
      adjustedPValue: role === 'primary' ? (significant ? 0.001 : 0.4) : null,
      significant,
      ...change,
    })),
  };
}

/** The same metric with too little data. */
function silent(report: MetricReport): MetricReport {
  const change = { status: 'insufficient', difference: null, significant: null, missing: 'Too few.' } as const;
  return { ...report, comparisons: report.comparisons.map((each) => ({ ...each, ...change })) };
}

const margin = (nonInferior: boolean, equivalent = false): Change => ({
  margin: { margin: { relative: 0.05 }, pValue: 0.01, nonInferior, equivalent, limit: -0.01 },
});

type Progress = NonNullable<Report['progress']>;
type Phase = NonNullable<Report['phase']>;

const phase = {
  assignment: 'hash',
  state: 'running',
  startedAt: '2026-01-01T00:00:00Z',
  endedAt: null,
  plan: { design: 'fixed', units: 2000, durationSeconds: null } as Phase['plan'],
} as Phase;
const timed = { ...phase.plan, units: null, durationSeconds: 86_400 };
const ended = { ...phase, state: 'ended' } as Phase;
const external = { ...phase, assignment: 'external' } as Phase;

/** Progress with `taken` of `planned` looks; null: always valid. */
function progress(taken: number, planned: number | null, change: Partial<Progress> = {}): Progress {
  return {
    matureUnits: 2000,
    plannedUnits: planned === null ? null : 2000,
    plannedEndAt: null,
    share: planned === null ? null : 1,
    lookAt: taken === 0 ? null : '2026-01-01T00:00:00Z',
    looks: {
      taken,
      planned,
      final: planned !== null && taken >= planned,
      nextUnits: planned !== null && taken >= planned ? null : 2400,
      nextAt: null,
    },
    forecast: null,
    ...change,
  };
}

const item = (check: HealthItem['check'], status: HealthItem['status']): HealthItem => ({
  check,
  status,
  sentence: `The ${check} is off.`,
  numbers: {},
  causes: [],
});
const alarm = item('sample_ratio', 'alarm');
const better = metric('primary', [[0.05, true]]);
const unclear = metric('primary', [[0.01, false]]);

function input(changes: Partial<VerdictInput>): VerdictInput {
  return { state: 'running', phase, progress: progress(1, 1), health: [], metrics: [], units: 2000, ...changes };
}

/** Per row of the table, what lands in it. */
const CASES: Record<number, [what: string, input: Partial<VerdictInput>][]> = {
  1: [['no phase', { phase: null, progress: null }]],
  2: [
    ['whatever the health', { metrics: [better, metric('guardrail', [[-0.05, true]])], health: [alarm] }],
    ['worse, and the margin is not shown', { metrics: [better, metric('guardrail', [[-0.05, true, margin(false)]])] }],
    ['lower is better', { metrics: [better, metric('guardrail', [[0.05, true, { direction: 'decrease' }]])] }],
    ['at an interim look', { metrics: [unclear, metric('guardrail', [[-0.05, true]])], progress: progress(1, 5) }],
  ],
  3: [
    ['whatever the significance', { metrics: [better], health: [alarm] }],
    ['before any look', { progress: progress(0, 1), health: [alarm] }],
    ['of a segment', { metrics: [better], health: [item('segment_ratio', 'alarm')] }],
    ['of mixed units', { metrics: [better], health: [item('mixed_units', 'alarm')] }],
  ],
  4: [
    ['late outcomes', { metrics: [better], health: [item('late_outcomes', 'warning')] }],
    ['skewed values', { metrics: [metric('primary', [[-0.05, true]])], health: [item('skewness', 'warning')] }],
  ],
  5: [['', { phase: { ...external, state: 'ended' } as Phase, progress: progress(0, 1) }]],
  6: [['', { phase: external, progress: progress(0, 1) }]],
  7: [
    ['enough units', { phase: ended, progress: progress(0, 1, { matureUnits: 100 }) }],
    ['enough units, after an interim look', { phase: ended, progress: progress(3, 5), metrics: [unclear] }],
    ['always valid', { phase: ended, progress: progress(3, null, { matureUnits: 1500 }), metrics: [unclear] }],
    [
      'at its planned time',
      {
        phase: { ...ended, plan: timed, endedAt: '2026-01-02T00:00:00Z' },
        progress: progress(0, 1, { plannedUnits: null, plannedEndAt: '2026-01-02T00:00:00Z' }),
      },
    ],
  ],
  8: [
    ['no look', { phase: ended, progress: progress(0, 1), units: 500 }],
    [
      'after an interim look without a crossing',
      { phase: ended, progress: progress(3, 5), metrics: [unclear], units: 900 },
    ],
    ['too few for an always-valid look', { phase: ended, progress: progress(0, null, { matureUnits: 60 }), units: 60 }],
    [
      'before its planned time',
      {
        phase: { ...ended, plan: timed, endedAt: '2026-01-01T06:00:00Z' },
        progress: progress(0, 1, { plannedUnits: null, plannedEndAt: '2026-01-02T00:00:00Z' }),
      },
    ],
  ],
  9: [
    ['fixed', { progress: progress(0, 1) }],
    ['group-sequential', { progress: progress(0, 5) }],
    ['always valid', { progress: progress(0, null), state: 'paused' }],
  ],
  10: [['', { metrics: [silent(unclear)] }]],
  11: [
    ['too little data', { metrics: [better, silent(metric('guardrail', [[0, false]]))], progress: progress(2, 5) }],
    ['margin', { metrics: [better, metric('guardrail', [[0, false, margin(false)]])], progress: progress(2, 5) }],
  ],
  12: [
    ['too little data', { metrics: [better, silent(metric('guardrail', [[0, false]]))] }],
    ['margin', { metrics: [better, metric('guardrail', [[0, false, margin(false)]])] }],
  ],
  13: [
    ['at the last look', { metrics: [better] }],
    ['because lower is better', { metrics: [metric('primary', [[-0.05, true, { direction: 'decrease' }]])] }],
    ['at an interim look', { metrics: [better], progress: progress(3, 5) }],
    ['always valid', { metrics: [better], progress: progress(12, null) }],
    ['crossed, then stopped early', { phase: ended, metrics: [better], progress: progress(3, 5), units: 900 }],
    ['a guardrail improved', { metrics: [better, metric('guardrail', [[0.05, true]])] }],
    [
      'a guardrail is worse within its margin',
      { metrics: [better, metric('guardrail', [[-0.001, true, margin(true)]])] },
    ],
    ['a warning that touches no test', { metrics: [better], health: [item('calls', 'warning')] }],
    [
      'another challenger is worse',
      {
        metrics: [
          metric('primary', [
            [0.05, true],
            [-0.05, true],
          ]),
        ],
      },
    ],
  ],
  14: [
    ['at the last look', { metrics: [metric('primary', [[-0.05, true]])] }],
    ['at an interim look', { metrics: [metric('primary', [[-0.05, true]])], progress: progress(2, 5) }],
    ['better in one metric, worse in another', { metrics: [better, metric('primary', [[-0.05, true]])] }],
  ],
  15: [
    ['nothing crossed', { metrics: [unclear], progress: progress(2, 5) }],
    ['too early to conclude', { metrics: [silent(unclear)], progress: progress(1, 5) }],
    [
      'one of two is worse',
      {
        metrics: [
          metric('primary', [
            [0, false],
            [-0.05, true],
          ]),
        ],
        progress: progress(2, 5),
      },
    ],
    ['always valid', { metrics: [unclear], progress: progress(2, null) }],
  ],
  16: [
    [
      '',
      {
        metrics: [
          metric('primary', [
            [0, false],
            [-0.05, true],
          ]),
        ],
      },
    ],
  ],
  17: [['', { metrics: [metric('primary', [[0.001, false, margin(true, true)]])] }]],
  18: [
    ['no difference', { metrics: [unclear] }],
    ['a secondary metric alone', { metrics: [unclear, metric('secondary', [[0.05, true]])] }],
    ['an always-valid one that ended', { phase: ended, metrics: [unclear], progress: progress(9, null) }],
    ['not worse is not equal', { metrics: [metric('primary', [[0.001, false, margin(true)]])] }],
    [
      'interval null',
      { metrics: [metric('primary', [[0.001, false, { difference: null, pValue: null, adjustedPValue: null }]])] },
    ],
  ],
};

/** The rows of the page: number, when, verdict. */
function rowsOfPage(): { number: number; when: string; kind: string }[] {
  const page = readFileSync(fromRoot('docs', 'methods', 'verdict.md'), 'utf8');
  return [...page.matchAll(/^\| (\d+) \| (.+) \| `(\w+)` \|$/gm)].map(([, number, when, kind]) => ({
    number: Number(number),
    when: when ?? '',
    kind: kind ?? '',
  }));
}

describe('the verdict table', () => {
  const page = rowsOfPage();

  it('is the one of docs/methods/verdict.md, word by word', () => {
    expect(page).toEqual(VERDICT_TABLE.map(({ when, kind }, i) => ({ number: i + 1, when, kind })));
  });

  it('has a case for every row', () => {
    expect(Object.keys(CASES).map(Number)).toEqual(page.map((each) => each.number));
  });

  const cases = page.flatMap((row) => (CASES[row.number] ?? []).map(([what, given]) => ({ ...row, what, given })));
  it.each(cases)('row $number, $kind: $when ($what)', ({ number, kind, given }) => {
    const facts = factsOf(input(given));
    expect(VERDICT_TABLE.findIndex((row) => row.fits(facts)) + 1).toBe(number);
    const verdict = verdictOf(input(given));
    expect(verdict.kind).toBe(kind);
    expect(verdict.sentence).toMatch(/^[A-Z].*\.$/);
    expect([verdict.sentence, ...verdict.reasons].join(' ')).not.toMatch(/undefined|NaN|null/);
  });
});

describe('an effect that turned after an always-valid look had found it', () => {
  const turned = (role: Role, difference: number, interval: { lower: number; upper: number }) => {
    const { difference: found } = metric(role, [[difference, true]]).comparisons[0] as Comparison;
    return metric(role, [[difference, true, { difference: found && { ...found, interval } }]]);
  };
  const kind = (metrics: MetricReport[]) => verdictOf(input({ metrics, progress: progress(12, null) })).kind;

  it('is not called worse: what was shown is that it is better', () => {
    expect(kind([turned('primary', -0.001, { lower: 0.009, upper: 0.03 })])).toBe('keep_running');
  });

  it('stays worse in a guardrail', () => {
    expect(kind([better, turned('guardrail', 0.001, { lower: -0.03, upper: -0.009 })])).toBe('do_not_ship');
  });
});

describe('sentences of a verdict', () => {
  it('count the guardrails that are not shown to be safe', () => {
    const guard = metric('guardrail', [[0, false, margin(false)]]);
    const of = (metrics: MetricReport[]) => verdictOf(input({ metrics })).sentence;
    expect(of([better, guard])).toMatch(/but "Clicked" is not shown/);
    expect(of([better, guard, { ...guard, name: 'Errors' }])).toMatch(/but "Clicked" and "Errors" are not shown/);
  });

  it('name the guardrails that are shown to be within their margin', () => {
    const guard = metric('guardrail', [[0.001, false, margin(true)]]);
    const { kind, reasons } = verdictOf(input({ metrics: [better, { ...guard, name: 'Errors' }] }));
    expect(kind).toBe('ship');
    expect(reasons.at(-1)).toMatch(/^Errors in "new": .* Not worse by more than the margin of 5\.0\u202f%\.$/);
  });

  it('tell adjusted effects, and margins of rates in points', () => {
    const adjustment: Comparison['adjustment'] = {
      method: 'Lin regression, HC2',
      covariates: ['score'],
      varianceReduction: 0.2,
      missingShare: 0,
      unadjusted: { estimate: 0.06, standardError: 0.01 },
      computedAt: '2026-01-01T00:00:00Z',
    };
    const shown = { margin: { absolute: 0.005 }, pValue: 0.01, nonInferior: true, equivalent: false, limit: -0.01 };
    const reason = (change: Change) =>
      verdictOf(input({ metrics: [metric('primary', [[0.05, true, change]])] })).reasons[0];
    expect(reason({ adjustment, margin: shown })).toBe(
      'Clicked in "new": 20.0\u202f% → 25.0\u202f%, adjusted +5.0\u202fpp (+3.0 to +7.0), p = 0.001. Not worse by more than the margin of 0.5\u202fpp.',
    );
    expect(reason({})).toContain('25.0\u202f%, +5.0\u202fpp');
  });

  const sentence = (changes: Partial<VerdictInput>) => verdictOf(input(changes)).sentence;

  it('name the values and the look that was crossed', () => {
    expect(sentence({ metrics: [better], progress: progress(3, 5) })).toBe(
      'Ship "new": it raises "Clicked" from 20.0\u202f% to 25.0\u202f% (p = 0.001). It crossed the bound of look 3 of 5.',
    );
    expect(sentence({ metrics: [better], progress: progress(7, 5) })).toBe(
      'Ship "new": it raises "Clicked" from 20.0\u202f% to 25.0\u202f% (p = 0.001).',
    );
    expect(sentence({ metrics: [better], progress: progress(12, null) })).toMatch(/It crossed the bound of look 12\.$/);
  });

  it('say when the next look comes and how many are left', () => {
    const verdict = verdictOf(input({ metrics: [unclear], progress: progress(3, 5) }));
    expect(verdict.sentence).toBe('Keep running: no bound was crossed at look 3 of 5.');
    expect(verdict.reasons[0]).toBe(
      'The next look comes at 2\u202f400 complete units; 2\u202f000 units are complete in every metric now. 2 planned looks are left.',
    );
  });

  it('say that everything is still possible where there is no interval', () => {
    const open = { difference: { estimate: 0.01, standardError: 0.01, interval: null, method: 'm' }, pValue: null };
    const metrics = [metric('primary', [[0.01, false, { ...open, adjustedPValue: null }]])];
    expect(verdictOf(input({ metrics, progress: progress(1, 5) })).reasons.at(-1)).toBe(
      'Clicked in "new": 20.0\u202f% → 21.0\u202f%, +1.0\u202fpp (anything is still possible), nothing can be concluded yet.',
    );
  });
});
