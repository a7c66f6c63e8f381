import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateState } from '../../server/contract/gate-contract.ts';
import type { CanarySettings } from '../../server/db/schema-types.ts';
import { type CanaryFacts, decideCanary, STALE_MS } from '../../server/delivery/canary/canary-decision.ts';
import type { Judgement } from '../../server/delivery/canary/judgement.ts';

const NOW = new Date('2026-03-01T14:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - 1000 * seconds);

const settings: CanarySettings = {
  steps: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5].map((share) => ({ share, minimumSeconds: 60, minimumRequests: 500 })),
  alpha: 0.05,
  guardrails: [{ kind: 'errors', mustPass: true, margin: 0.5, rollbackMargin: 0 }],
};

function judged(state: GateState, mustPass = true): Judgement {
  return { guardrail: 0, name: 'Errors', state, mustPass, sentence: `Errors: ${state}.` };
}

/** Step 3 of 6, complete: every test takes one thing away. */
function facts(change: Partial<CanaryFacts> = {}): CanaryFacts {
  return {
    settings,
    step: 3,
    enteredAt: ago(600),
    pausedMs: 0,
    requests: 800,
    guardrails: [judged('pass')],
    sampleRatio: { alarm: false, tooFewCandidates: false, sentence: 'Units are split as planned.' },
    troubles: [],
    oldestPendingAt: null,
    hold: null,
    paused: false,
    ...change,
  };
}

const decide = (change: Partial<CanaryFacts> = {}) => decideCanary(facts(change), NOW);
const person = { by: 'Ann', reason: 'release freeze' };
const fewCandidates = { alarm: true, tooFewCandidates: true, sentence: 'Candidates vanish.' };
const manyCandidates = { alarm: true, tooFewCandidates: false, sentence: 'Controls vanish.' };

describe('what a canary does', () => {
  it('advances when its minima are met, nothing failed and all that must pass has passed', () => {
    expect(decide()).toMatchObject({ kind: 'advance', state: 'pass' });
  });

  it('finishes at the last step', () => {
    expect(decide({ step: 6 })).toMatchObject({ kind: 'finish', state: 'pass' });
    expect(decide({ step: 6 }).sentence).toBe(
      'All 6 steps are complete: 800 requests of the candidate, no guardrail failed and all that must pass have passed in the last one.',
    );
  });

  it('says how many samples are missing, and when they will have come at the pace so far', () => {
    // 312 in 600 s: the 188 that are missing take 361.5 s more
    const found = decide({ requests: 312 });
    expect(found).toMatchObject({
      kind: 'wait',
      state: 'inconclusive',
      nextCheckAt: new Date('2026-03-01T14:06:01.538Z'),
    });
    expect(found.sentence).toBe('Step 3 of 6 holds: 312 of 500 samples; next check 14:07 UTC.');
  });

  it('promises no time while nothing comes', () => {
    expect(decide({ requests: 0 })).toMatchObject({
      sentence: 'Step 3 of 6 holds: 0 of 500 samples.',
      nextCheckAt: null,
    });
  });

  it('waits for the minimum duration, pauses left out', () => {
    expect(decide({ enteredAt: ago(45) }).sentence).toBe('Step 3 of 6 holds: 45 s of 60 s; next check 14:01 UTC.');
    expect(decide({ enteredAt: ago(90), pausedMs: 45_000 })).toMatchObject({ kind: 'wait' });
    expect(decide({ enteredAt: ago(90), pausedMs: 30_000 })).toMatchObject({ kind: 'advance' });
  });

  it('waits for a guardrail that must pass, not for one that need only not fail', () => {
    expect(decide({ guardrails: [judged('inconclusive')] })).toMatchObject({ kind: 'wait', state: 'inconclusive' });
    expect(decide({ guardrails: [judged('inconclusive', false)] })).toMatchObject({ kind: 'advance' });
  });

  it('never takes no data for a pass, of whatever guardrail', () => {
    expect(decide({ guardrails: [judged('pass'), judged('no_data', false)] })).toMatchObject({
      kind: 'wait',
      state: 'no_data',
    });
  });

  it('rolls back when candidates vanish, and only holds when controls do', () => {
    expect(decide({ sampleRatio: fewCandidates })).toMatchObject({ kind: 'roll_back', state: 'fail' });
    expect(decide({ sampleRatio: manyCandidates })).toMatchObject({ kind: 'hold', state: 'hold' });
  });

  it('holds on data that are older than half a minute', () => {
    expect(decide({ oldestPendingAt: new Date(NOW.getTime() - STALE_MS) })).toMatchObject({ kind: 'advance' });
    expect(decide({ oldestPendingAt: new Date(NOW.getTime() - STALE_MS - 1) })).toMatchObject({ kind: 'hold' });
  });

  it('does nothing while the experiment is paused, not even a rollback', () => {
    expect(decide({ paused: true, guardrails: [judged('fail')] })).toMatchObject({ kind: 'hold', state: 'hold' });
  });
});

/** One way into each state, from the highest. */
const CAUSES: [CanaryDecisionState, Partial<CanaryFacts>[]][] = [
  ['fail', [{ guardrails: [judged('fail', false)] }, { sampleRatio: fewCandidates }]],
  ['hold', [{ hold: person }, { oldestPendingAt: ago(60) }, { sampleRatio: manyCandidates }, { troubles: ['Mixed.'] }]],
  ['no_data', [{ guardrails: [judged('no_data')] }]],
  ['inconclusive', [{ requests: 10 }, { enteredAt: ago(5) }, { guardrails: [judged('inconclusive')] }]],
  ['pass', [{}]],
];
type CanaryDecisionState = ReturnType<typeof decideCanary>['state'];

describe('precedence: fail, hold, no data, inconclusive, pass', () => {
  const pairs = CAUSES.flatMap(([high, ways], i) =>
    ways.flatMap((one) =>
      CAUSES.slice(i + 1).flatMap(([low, others]) => others.map((other) => ({ high, one, low, other }))),
    ),
  );
  // two of the same field are two values of it, not two findings: guardrails are joined, the sample ratio is left out
  const joint = pairs.filter(({ one, other }) => !(one.sampleRatio && other.sampleRatio));

  it.each(joint)('$high before $low: $one and $other', ({ high, one, low, other }) => {
    const guardrails = [...(other.guardrails ?? [judged('pass')]), ...(one.guardrails ?? [])];
    expect(decide(one).state).toBe(high);
    expect(decide(other).state).toBe(low);
    expect(decide({ ...other, ...one, guardrails }).state).toBe(high);
  });
});

const arbitraryFacts = fc.record({
  step: fc.integer({ min: 1, max: 6 }),
  enteredAt: fc.integer({ min: 0, max: 7200 }).map(ago),
  pausedMs: fc.integer({ min: 0, max: 100_000 }),
  requests: fc.integer({ min: 0, max: 2000 }),
  guardrails: fc.array(
    fc.record({
      guardrail: fc.constant(0),
      name: fc.constant('Errors'),
      state: fc.constantFrom<GateState>('pass', 'pass', 'pass', 'fail', 'inconclusive', 'no_data'),
      mustPass: fc.boolean(),
      sentence: fc.constant('Errors.'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  sampleRatio: fc.record({
    alarm: fc.boolean(),
    tooFewCandidates: fc.boolean(),
    sentence: fc.constant('Units.'),
  }),
  oldestPendingAt: fc.option(fc.integer({ min: 0, max: 90 }).map(ago)),
  hold: fc.option(fc.constant(person)),
  paused: fc.boolean(),
});

describe('whatever is found', () => {
  it('a step is only taken on fresh data, without failure, hold or silence, and after its minima', () => {
    fc.assert(
      fc.property(arbitraryFacts, (change) => {
        const { kind } = decide(change);
        if (kind !== 'advance' && kind !== 'finish') return;
        expect(change.guardrails.map((each) => each.state)).not.toContain('fail');
        expect(change.guardrails.map((each) => each.state)).not.toContain('no_data');
        expect(change.guardrails.every((each) => !each.mustPass || each.state === 'pass')).toBe(true);
        expect(change.hold ?? change.paused).toBe(false);
        expect(change.sampleRatio.alarm).toBe(false);
        expect(change.requests).toBeGreaterThanOrEqual(500);
        expect(NOW.getTime() - change.enteredAt.getTime() - change.pausedMs).toBeGreaterThanOrEqual(60_000);
        expect(NOW.getTime() - (change.oldestPendingAt ?? NOW).getTime()).toBeLessThanOrEqual(STALE_MS);
      }),
      { seed: 4, numRuns: 3000 },
    );
  });

  it('only a failed guardrail or vanishing candidates roll back, and then always, unless paused', () => {
    fc.assert(
      fc.property(arbitraryFacts, (change) => {
        const { alarm, tooFewCandidates } = change.sampleRatio;
        const failed = change.guardrails.some((each) => each.state === 'fail') || (alarm && tooFewCandidates);
        expect(decide(change).kind === 'roll_back').toBe(failed && !change.paused);
      }),
      { seed: 4, numRuns: 3000 },
    );
  });
});
