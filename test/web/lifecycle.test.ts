import { describe, expect, it } from 'vitest';
import { type Experiment, transition } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { safeReturn } from '../../web/api/safe-return.ts';
import { advanceStep, isGrave, lifecycleSteps, rampSteps } from '../../web/parts/lifecycle.ts';
import { lifecycleWords } from '../../web/parts/lifecycle-words.ts';
import { variantColours } from '../../web/parts/variant-colours.ts';
import { samplePhase } from './report-samples.ts';

type Transitions = Experiment['transitions'];

/** The server's answer: every move is possible but those named, with the reason. */
const transitions = (obstacles: Record<string, string> = {}): Transitions =>
  transition.options.map((name) => ({ transition: name, obstacle: obstacles[name] ?? null }));

const experimentIn = (state: Experiment['state'], phase: Partial<Phase> = {}, obstacles?: Record<string, string>) => ({
  state,
  phases: [samplePhase({}, phase)],
  transitions: transitions(obstacles),
});

const possible = (...given: Parameters<typeof experimentIn>) =>
  lifecycleSteps(experimentIn(...given))
    .filter((step) => step.reason === null)
    .map((step) => step.action);

describe('buttons of the life cycle', () => {
  it('offers what makes sense in each state', () => {
    expect(possible('draft', { state: 'planned' })).toEqual(['start']);
    expect(possible('running')).toEqual(['pause', 'roll-back', 'conclude', 'stop-slot']);
    expect(possible('paused')).toEqual(['resume', 'roll-back', 'conclude']);
    expect(possible('concluded', { state: 'ended' })).toEqual([]);
  });

  it('offers no rollback where nothing runs', () => {
    const obstacles = { resume: 'its last phase has ended; advance to the next phase or conclude' };
    expect(possible('paused', { state: 'ended', endedAs: 'rolled_back' }, obstacles)).toEqual(['conclude']);
  });

  it('does not offer to pause what is assigned elsewhere', () => {
    expect(possible('running', { assignment: 'external' })).toEqual(['conclude']);
  });

  it('gives a reason for every button that is off', () => {
    for (const state of ['draft', 'concluded'] as const) {
      const off = lifecycleSteps(experimentIn(state, { state: 'ended' })).filter(({ reason }) => reason !== null);
      expect(off.length, state).toBeGreaterThan(0);
      for (const { reason } of off) expect(reason).toMatch(/^[A-Z].*[.]$/);
    }
  });

  it('says why the server would refuse, as a sentence', () => {
    const step = advanceStep(experimentIn('paused', {}, { advance: 'resume it first' }));
    expect(step).toEqual({ action: 'advance', label: 'Next phase', reason: 'Resume it first.' });
  });

  it('holds a ramp that goes, and releases one that is held', () => {
    const labels = (hold: Phase['hold']) =>
      rampSteps(experimentIn('running', { mode: 'canary', hold })).map(({ label }) => label);
    expect(labels(null)).toEqual(['Hold', 'Take next step']);
    expect(labels({ by: 'Ada', at: '2026-01-01T00:00:00Z', reason: 'weekend' })).toEqual(['Release', 'Take next step']);
  });

  it('asks in its own words before every move, and those that hurt are marked', () => {
    const moves = [...transition.options, 'stop-slot'] as const;
    const titles = moves.map((move) => lifecycleWords(move, 'feed').title);
    expect(new Set(titles).size).toBe(moves.length);
    expect(moves.filter(isGrave)).toEqual(['roll-back', 'stop-slot']);
  });
});

describe('the address to return to', () => {
  it('is a path of the dashboard and nothing else', () => {
    expect(safeReturn('/experiments/a?exposures=cumulative')).toBe('/experiments/a?exposures=cumulative');
    for (const next of [null, '', '//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in?next=/']) {
      expect(safeReturn(next)).toBe('/');
    }
  });
});

describe('colours of variants', () => {
  it('keeps the control grey wherever it stands and challengers by their order', () => {
    const colours = variantColours([
      { variant: 'b', control: false },
      { variant: 'a', control: true },
      { variant: 'c', control: false },
    ]);
    expect([...colours.values()]).toEqual(['var(--variant-1)', 'var(--variant-control)', 'var(--variant-2)']);
  });
});
