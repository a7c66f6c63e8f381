import { describe, expect, it } from 'vitest';
import type { Brief } from '../../server/analysis/brief.ts';
import type { HealthItem } from '../../server/contract/report-contract.ts';
import { attention } from '../../server/home/attention.ts';
import type { Happened } from '../../server/home/attention-facts.ts';
import { experimentOf, phaseOf, START } from './report-fixture.ts';

const MINUTE = 60_000;
const at = (minutes: number) => new Date(START.getTime() + minutes * MINUTE);
const iso = (minutes: number) => at(minutes).toISOString();
const NOW = at(600);

type Phase = Parameters<typeof phaseOf>[1];
type Changes = {
  phase?: Phase;
  brief?: Partial<Brief>;
  state?: 'running' | 'paused';
  happened?: Happened[];
  next?: boolean;
};

/** Units came every minute up to now, and nothing is wrong. */
const CALM: Brief = {
  at: NOW,
  units: 6000,
  verdict: { kind: 'keep_running', sentence: 'Keep running.', reasons: [] },
  gate: { state: 'inconclusive', sentence: 'Not yet.', limits: [] },
  alarms: [],
  lag: null,
  progress: { share: 0.5, unit: 'units', done: 500, of: 1000, daysLeft: 2 },
  sparkline: {
    from: START.toISOString(),
    bucketSeconds: 900,
    counts: Array.from({ length: 40 }, () => 150),
    of: 'units',
  },
  lookAt: null,
  controllerHolds: null,
};

function factsOf({ phase = {}, brief = {}, state = 'running', happened = [], next = false }: Changes) {
  const current = phaseOf({}, phase);
  const row = experimentOf([], current);
  const later = phaseOf({}, { id: 2, position: 1, mode: 'canary', state: 'planned' });
  const phases = next ? [current, later] : [current];
  return { row: { ...row, state, phases }, brief: { ...CALM, ...brief }, happened };
}

const found = (changes: Changes) => attention([factsOf(changes)], NOW);
const event = (action: string, detail: Record<string, unknown>, minutes = 500, actor = 'Assay'): Happened => ({
  at: at(minutes),
  actor,
  action,
  detail,
});
const alarm: HealthItem & { since: string | null } = {
  ...{ check: 'sample_ratio', status: 'alarm', sentence: 'The units are not split as planned.' },
  ...{ numbers: {}, causes: [], since: iso(400) },
};
const passed = { state: 'pass' as const, sentence: 'All limits are kept.', limits: [] };
const verdict = (kind: Brief['verdict']['kind']): Brief['verdict'] => ({ kind, sentence: `So: ${kind}.`, reasons: [] });

it('has nothing to say of a phase that runs as planned', () => {
  expect(found({})).toEqual([]);
});

it('tells of a rollback by a guardrail until somebody goes on, with its reason and time', () => {
  const phase: Phase = {
    ...{ mode: 'canary', state: 'ended', endedAs: 'rolled_back', endedAt: at(300) },
    endReason: 'Rolled back at step 1 of 2. Errors got worse.',
  };
  expect(found({ phase, state: 'paused' })).toEqual([
    {
      kind: 'rolled_back',
      severity: 'act',
      experiment: { key: 'experiment', name: 'Experiment' },
      slot: 'slot',
      sentence: 'Rolled back at step 1 of 2. Errors got worse.',
      since: iso(300),
    },
  ]);
  const happened = [event('experiment.roll-back', {}, 300, 'Ada')];
  const byHand = found({ phase: { ...phase, endReason: 'Too slow.' }, state: 'paused', happened });
  expect(byHand[0]?.sentence).toBe('Rolled back by Ada: Too slow.');
});

it('tells who holds a ramp and why, and when its controller does', () => {
  const hold = { by: 'Ada', at: iso(550), reason: 'Over the weekend.' };
  const phase: Phase = {
    ...{ mode: 'canary', step: 2, hold },
    settings: { canary: { steps: [1, 2, 3], alpha: 0.05, guardrails: [] } as never },
  };
  expect(found({ phase, brief: { controllerHolds: 'Step 2 of 3 holds: Ada keeps it here.' } })).toMatchObject([
    { kind: 'held', sentence: 'Ada holds the ramp at step 2 of 3: Over the weekend.', since: iso(550) },
  ]);
  const controllerHolds = 'Step 2 of 3 holds: events of the last 40 s are not in the numbers yet.';
  expect(found({ phase: { ...phase, hold: null }, brief: { controllerHolds } })).toMatchObject([
    { kind: 'held', severity: 'check', sentence: controllerHolds, since: null },
  ]);
});

it('tells of an alarm, and then of no decision by the same numbers', () => {
  const brief = { alarms: [alarm], verdict: verdict('ship'), gate: passed, lookAt: iso(450) };
  expect(found({ brief, next: true })).toMatchObject([
    { kind: 'alarm', severity: 'act', sentence: alarm.sentence, since: iso(400) },
  ]);
  const happened = [event('canary.sample-ratio', {}, 120)];
  expect(found({ brief: { alarms: [{ ...alarm, since: null }] }, happened })).toMatchObject([
    { kind: 'alarm', since: iso(120) },
  ]);
});

describe('a finished test', () => {
  it.each([
    ['ship', 'decide'],
    ['look_closer', 'decide'],
    ['do_not_ship', 'do_not_ship'],
  ] as const)('that says %s waits for a person', (kind, expected) => {
    const brief = { verdict: verdict(kind), lookAt: iso(590) };
    expect(found({ brief })).toMatchObject([{ kind: expected, sentence: `So: ${kind}.`, since: iso(590) }]);
    expect(found({ brief, state: 'paused' }).map((each) => each.kind)).toEqual([expected, 'paused']);
  });

  it('with too little data waits for a person only when no more will come', () => {
    const brief = { verdict: verdict('insufficient'), lookAt: iso(590) };
    expect(found({ brief })).toEqual([]);
    expect(found({ brief: { ...brief, progress: { ...CALM.progress!, share: 1 } } })).toMatchObject([
      { kind: 'decide' },
    ]);
  });
});

describe('an open gate', () => {
  it('waits for a click where a person starts the next phase', () => {
    const happened = [event('canary.complete', { phase: 0 }, 480)];
    const changes: Changes = { phase: { mode: 'canary' }, brief: { gate: passed }, next: true, happened };
    expect(found(changes)).toMatchObject([
      {
        kind: 'gate',
        severity: 'decide',
        sentence: 'Ready for phase 2 (canary), which a person starts. All limits are kept.',
        since: iso(480),
      },
    ]);
    expect(found({ ...changes, phase: { mode: 'canary', gate: 'automatic' } })).toEqual([]);
  });

  it('of the last phase waits for the end of the experiment', () => {
    expect(found({ phase: { mode: 'canary' }, brief: { gate: passed } })).toMatchObject([
      { kind: 'decide', sentence: expect.stringMatching(/^All limits are kept\. No phase follows: conclude it/) },
    ]);
  });

  it('whose next phase could not start by itself says why', () => {
    const refusal = event('experiment.advance-refused', { phase: 0, reason: 'Fewer than 1,000 calls are known.' });
    const phase: Phase = { mode: 'shadow', gate: 'automatic' };
    expect(found({ phase, brief: { gate: passed }, next: true, happened: [refusal] })).toMatchObject([
      { kind: 'refused', sentence: 'Phase 2 could not start by itself: Fewer than 1,000 calls are known.' },
    ]);
    // Of a phase before.
    expect(found({ phase: { ...phase, position: 1 }, next: true, happened: [refusal] })).toEqual([]);
  });
});

it('tells of a shadow phase whose limits are broken, and not of one that still compares', () => {
  const gate = { state: 'fail' as const, sentence: 'Agreement is below 95 %.', limits: [] };
  expect(found({ phase: { mode: 'shadow' }, brief: { gate } })).toMatchObject([
    { kind: 'shadow_failed', severity: 'act', sentence: expect.stringContaining('Agreement is below 95 %.') },
  ]);
  expect(found({ phase: { mode: 'shadow' }, brief: { verdict: verdict('insufficient') } })).toEqual([]);
});

describe('silence', () => {
  it('is told when nothing has come since the start', () => {
    const brief = { units: 0, sparkline: null };
    expect(found({ brief })).toMatchObject([{ kind: 'no_data', sentence: expect.stringContaining('10\u202fh ago') }]);
    expect(found({ brief, phase: { startedAt: at(595) } })).toEqual([]);
    expect(found({ brief, phase: { assignment: 'external' } })).toEqual([]);
  });

  it('is told when it is three times as long as any before', () => {
    const quiet = (minutes: number) => [...Array.from({ length: (600 - minutes) / 15 }, () => 9), 0, 0];
    const lasts = (minutes: number) =>
      found({
        brief: { sparkline: { from: START.toISOString(), bucketSeconds: 900, counts: quiet(minutes), of: 'units' } },
      });
    expect(lasts(30)).toEqual([]);
    expect(lasts(60)).toMatchObject([{ kind: 'no_data', since: iso(540) }]);
  });

  it('is not told of what was paused until a moment ago, nor of a night when there was one before', () => {
    const counts = [9, 0, 0, 0, 0, 9, 9, 0, 0, 0];
    const sparkline = { from: START.toISOString(), bucketSeconds: 3600, counts, of: 'units' as const };
    expect(found({ brief: { sparkline } })).toEqual([]);
    const steady = { ...sparkline, counts: [9, 9, 9] };
    const pauses = [{ from: iso(180), to: iso(595) }];
    expect(found({ brief: { sparkline: steady }, phase: { pauses } })).toEqual([]);
    expect(found({ brief: { sparkline: steady } })).toHaveLength(1);
  });
});

it('tells of events that wait to be counted', () => {
  const lag = { seconds: 90, sentence: 'The newest 90 s of events are not in these numbers yet.' };
  expect(found({ phase: { mode: 'canary' }, brief: { lag, controllerHolds: 'Step 1 holds.' } })).toMatchObject([
    { kind: 'stale', sentence: lag.sentence, since: at(598.5).toISOString() },
  ]);
});

it('tells who paused, by which switch and why', () => {
  const phase: Phase = { pauses: [{ from: iso(560), to: null }] };
  const happened = [event('experiment.pause', { slot: 'slot', reason: 'Fire.' }, 560, 'Ada')];
  expect(found({ phase, state: 'paused', happened })).toMatchObject([
    {
      kind: 'paused',
      sentence: 'Stopped with the kill switch by Ada (Fire.): everyone gets the champion of “slot”.',
      since: iso(560),
    },
  ]);
});

it('puts harm before decisions, and these before what is to be checked; the latest first', () => {
  const decide = (minutes: number) => factsOf({ brief: { verdict: verdict('ship'), lookAt: iso(minutes) } });
  const items = attention(
    [factsOf({ brief: { units: 0 } }), decide(100), decide(200), factsOf({ brief: { alarms: [alarm] } })],
    NOW,
  );
  expect(items.map(({ kind, since }) => [kind, since])).toEqual([
    ['alarm', iso(400)],
    ['decide', iso(200)],
    ['decide', iso(100)],
    ['no_data', START.toISOString()],
  ]);
});
