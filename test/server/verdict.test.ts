import { describe, expect, it } from 'vitest';
import { type VerdictInput, verdictOf } from '../../server/analysis/verdict.ts';
import type { HealthItem, MetricReport } from '../../server/contract/report-contract.ts';

type Role = MetricReport['role'];

/** A metric after its final look: the challenger's difference, and whether it is significant. */
function metric(
  role: Role,
  difference: number,
  significant: boolean,
  direction: MetricReport['direction'] = 'increase',
): MetricReport {
  const value = (variant: string, of: number) => ({
    variant,
    matureUnits: 1000,
    openUnits: 0,
    value: of,
    standardError: 0.01,
    soFar: null,
  });
  return {
    key: `${role}-metric`,
    name: 'Clicked',
    kind: 'proportion',
    role,
    direction,
    outcome: 'click',
    aggregate: 'sum',
    windowSeconds: 60,
    latenessSeconds: 60,
    variants: [value('old', 0.2), value('new', 0.2 + difference)],
    comparisons: [
      {
        variant: 'new',
        control: 'old',
        status: 'final',
        missing: null,
        lookAt: '2026-01-01T00:00:00Z',
        difference: {
          estimate: difference,
          standardError: 0.01,
          interval: { lower: difference - 0.02, upper: difference + 0.02 },
          method: 'm',
        },
        relative: null,
        pValue: significant ? 0.001 : 0.4,
        log10P: significant ? -3 : -0.4,
        adjustedPValue: role === 'primary' ? (significant ? 0.001 : 0.4) : null,
        significant,
      },
    ],
  };
}

/** The same metric with too little data. */
function silent(report: MetricReport): MetricReport {
  return {
    ...report,
    comparisons: report.comparisons.map((each) => ({
      ...each,
      status: 'insufficient',
      difference: null,
      missing: 'Too few.',
    })),
  };
}

const phase = { assignment: 'hash', state: 'running' } as VerdictInput['phase'];
const look = { matureUnits: 2000, plannedUnits: 2000, plannedEndAt: null, share: 1, lookAt: '2026-01-01T00:00:00Z' };
const alarm: HealthItem = { check: 'sample_ratio', status: 'alarm', sentence: 'The split is off.', numbers: {} };
const input = (changes: Partial<VerdictInput>): VerdictInput => ({
  state: 'running',
  phase,
  progress: look,
  health: [],
  metrics: [],
  units: 1000,
  ...changes,
});

describe('the verdict is the first row that fits', () => {
  it.each<[string, Partial<VerdictInput>, string]>([
    ['no phase', { phase: null }, 'not_started'],
    [
      'a guardrail got worse, whatever the health',
      { metrics: [metric('primary', 0.05, true), metric('guardrail', -0.05, true)], health: [alarm] },
      'do_not_ship',
    ],
    [
      'a health alarm, whatever the significance',
      { metrics: [metric('primary', 0.05, true)], health: [alarm] },
      'invalid',
    ],
    ['a health alarm before any look', { progress: { ...look, lookAt: null }, health: [alarm] }, 'invalid'],
    ['no look yet', { progress: { ...look, lookAt: null } }, 'keep_running'],
    [
      'stopped before the look',
      { progress: { ...look, lookAt: null }, phase: { ...phase, state: 'ended' } as VerdictInput['phase'] },
      'insufficient',
    ],
    [
      'a look without a testable primary metric',
      { metrics: [{ ...metric('primary', 0, false), comparisons: [] }] },
      'insufficient',
    ],
    ['better', { metrics: [metric('primary', 0.05, true)] }, 'ship'],
    ['better, because lower is better', { metrics: [metric('primary', -0.05, true, 'decrease')] }, 'ship'],
    ['worse', { metrics: [metric('primary', -0.05, true)] }, 'do_not_ship'],
    ['no difference', { metrics: [metric('primary', 0.01, false)] }, 'look_closer'],
    [
      'a secondary metric alone decides nothing',
      { metrics: [metric('primary', 0.01, false), metric('secondary', 0.05, true)] },
      'look_closer',
    ],
    [
      'better, but a guardrail has too little data',
      { metrics: [metric('primary', 0.05, true), silent(metric('guardrail', 0, false))] },
      'look_closer',
    ],
    [
      'ended, with enough units whose windows are still open',
      {
        progress: { ...look, lookAt: null },
        phase: { ...phase, state: 'ended' } as VerdictInput['phase'],
        units: 2000,
      },
      'keep_running',
    ],
    [
      'a guardrail that improved is no failure',
      { metrics: [metric('primary', 0.05, true), metric('guardrail', 0.05, true)] },
      'ship',
    ],
  ])('%s', (_, changes, kind) => {
    const verdict = verdictOf(input(changes));
    expect(verdict.kind).toBe(kind);
    expect(verdict.sentence).toMatch(/\.$/);
  });

  it('says what moved, from where to where, by how much and how sure', () => {
    const { sentence, reasons } = verdictOf(input({ metrics: [metric('primary', 0.05, true)] }));
    expect(sentence).toBe('Ship "new": it raises "Clicked" from 20.0\u202f% to 25.0\u202f% (p = 0.001).');
    expect(reasons).toEqual(['Clicked in "new": 20.0\u202f% → 25.0\u202f%, +5.0\u202fpp (+3.0 to +7.0), p = 0.001.']);
  });
});
