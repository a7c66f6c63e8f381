import { describe, expect, it } from 'vitest';
import { phaseSteps } from '../../web/parts/phase-steps.ts';
import { samplePhase } from './report-samples.ts';

const now = '2026-01-02T00:00:00Z';
const shadow = samplePhase({}, { id: 1, mode: 'shadow', state: 'running' });
const canary = samplePhase({}, { id: 2, position: 1, mode: 'canary', state: 'planned' });
const gate = {
  state: 'inconclusive' as const,
  sentence: 'Too early.',
  limits: [
    { name: 'agreement', state: 'pass' as const, sentence: 'Agreement: 81 %, at least 50 %.' },
    { name: 'dropped', state: 'no_data' as const, sentence: '0 of 0 calls.' },
  ],
};

const reasonsOf = (step: ReturnType<typeof phaseSteps>[number] | undefined) =>
  step?.gate?.reasons.map(({ text }) => text);

describe('the plan as steps', () => {
  it('ends with the decision, and gives the limits of the gate where it stands', () => {
    const steps = phaseSteps({ state: 'running', phases: [shadow, canary], concludedAt: null }, gate, now);
    expect(steps.map(({ title }) => title)).toEqual(['1. Shadow', '2. Canary', 'Decided']);
    expect(steps.map(({ current }) => current)).toEqual([true, false, false]);
    expect(reasonsOf(steps[0])).toEqual(['Agreement: 81 %, at least 50 %.', 'Dropped: 0 of 0 calls.']);
    expect(reasonsOf(steps[1])).toEqual(['A person starts it once phase 1 is fit to hand over.']);
  });

  it('says who starts what is to come', () => {
    const own = phaseSteps(
      { state: 'running', phases: [{ ...shadow, gate: 'automatic' }, canary], concludedAt: null },
      gate,
      now,
    );
    expect(reasonsOf(own[1])).toEqual(['Starts by itself when phase 1 passes.']);
    const draft = phaseSteps(
      { state: 'draft', phases: [{ ...shadow, state: 'planned' }], concludedAt: null },
      null,
      now,
    );
    expect(reasonsOf(draft[0])).toEqual(['A person starts the experiment.']);
  });

  it('keeps why a phase was left, and what was never reached', () => {
    const over = { ...shadow, state: 'ended' as const, endedAs: 'rolled_back' as const, endReason: 'Errors: worse.' };
    const paused = phaseSteps({ state: 'paused', phases: [over, canary], concludedAt: null }, null, now);
    expect(paused[0]?.gate).toEqual({
      title: 'Why it was rolled back',
      reasons: [{ text: 'Errors: worse.', state: null }],
    });
    expect(reasonsOf(paused[2])).toEqual(['After the rollback a person decides how it goes on.']);
    const done = phaseSteps({ state: 'concluded', phases: [over, canary], concludedAt: now }, null, now);
    expect(reasonsOf(done[1])).toEqual(['It was not reached.']);
    expect(done[2]).toMatchObject({ look: { label: 'Concluded' }, gate: null });
    expect(done[2]?.times).toMatch(/2026/);
  });
});
