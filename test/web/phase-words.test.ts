import { describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { historyLine } from '../../web/parts/history-words.ts';
import { moveWarning } from '../../web/parts/move-warning.ts';
import { handOverSentence, pauseSentences, phaseLook, phasePlan, span } from '../../web/parts/phase-words.ts';
import { saidBelow } from '../../web/parts/said-below.ts';
import { samplePhase } from './report-samples.ts';

const wide = (text: string) => text.replaceAll('\u202f', ' ').replaceAll('\u2212', '-');

describe('phases in words', () => {
  it('say how far they are, or how they ended', () => {
    expect(phaseLook({ state: 'running', endedAs: null }, true).label).toBe('Paused');
    expect(phaseLook({ state: 'ended', endedAs: 'rolled_back' }, false)).toMatchObject({ tone: 'tone-bad' });
    expect(phaseLook({ state: 'ended', endedAs: 'advanced' }, false).label).toBe('Handed over');
  });

  it('tell gaps with their length', () => {
    const now = '2026-01-01T12:00:00Z';
    const [over, open] = pauseSentences(
      [
        { from: '2026-01-01T10:00:00Z', to: '2026-01-01T10:30:00Z' },
        { from: '2026-01-01T11:00:00Z', to: null },
      ],
      now,
    );
    expect(wide(over ?? '')).toMatch(/for 30 min: everyone got the champion\.$/);
    expect(open).toMatch(/^Paused since .*: everyone gets the champion\.$/);
    expect([45, 7300, 200_000].map((seconds) => wide(span(seconds)))).toEqual(['45 s', '2 h', '2.3 days']);
  });

  it('tell who starts the next one', () => {
    const running = samplePhase({}, { state: 'running', gate: 'automatic' });
    const next = samplePhase({}, { position: 1, state: 'planned', mode: 'canary' });
    expect(handOverSentence({ phases: [running, next] })).toBe('At a pass, phase 2 (Canary) starts by itself.');
    expect(handOverSentence({ phases: [{ ...running, gate: 'manual' }, next] })).toMatch(/when a person says so/);
    expect(handOverSentence({ phases: [running] })).toBe('It is the last phase of the plan.');
  });

  it('say what they declare', () => {
    const split = [
      { variant: 'new', weight: 0.25, control: false },
      { variant: 'old', weight: 0.75, control: true },
    ];
    expect(wide(phasePlan(samplePhase({}, { split, continues: true })))).toBe(
      'new 25 %, old 75 %; units stay with their variant',
    );
  });
});

describe('the history in words', () => {
  it('counts phases from one and keeps the reason and the numbers', () => {
    expect(
      historyLine({ action: 'experiment.advance', detail: { from: 0, to: 1, reason: 'Good.', limits: [1] } }),
    ).toEqual({ what: 'ended phase 1 and started phase 2', reason: 'Good.', numbers: { limits: [1] } });
    expect(historyLine({ action: 'experiment.advance', detail: { from: null, to: 1 } }).what).toBe('started phase 2');
    expect(wide(historyLine({ action: 'experiment.step', detail: { phase: 0, step: 3, share: 0.25 } }).what)).toBe(
      'took step 3, 25 %',
    );
    expect(historyLine({ action: 'experiment.pause', detail: { slot: 'feed' } }).what).toMatch(
      /everything on the slot/,
    );
    expect(historyLine({ action: 'experiment.something-new', detail: {} })).toEqual({
      what: 'something new',
      reason: null,
      numbers: null,
    });
  });
});

describe('a warning before a move', () => {
  const report = (over: Partial<Report>) => ({ phase: samplePhase(), gate: null, progress: null, ...over }) as Report;
  const gate = { state: 'inconclusive' as const, sentence: 'Too early.', limits: [] };

  it('names the gate that does not say pass, and only that of the running phase', () => {
    expect(moveWarning(report({ gate }), 'advance')).toBe('The gate does not say pass. Too early.');
    expect(moveWarning(report({ gate: { ...gate, state: 'pass' } }), 'advance')).toBeNull();
    expect(moveWarning(report({ gate, phase: samplePhase({}, { state: 'ended' }) }), 'advance')).toBeNull();
    expect(moveWarning(report({ gate }), 'pause')).toBeNull();
  });

  it('speaks of looks at the end of an A/B phase, of the gate in other modes', () => {
    expect(moveWarning(report({ gate }), 'conclude')).toMatch(/^No final look/);
    expect(moveWarning(report({ gate, phase: samplePhase({}, { mode: 'canary' }) }), 'conclude')).toMatch(/Too early/);
  });
});

describe('the verdict', () => {
  it('leaves to the parts of a mode what they say', () => {
    const delivery = { mode: 'shadow', errors: { sentence: 'Few errors.' }, list: [{ sentence: 'In a list.' }] };
    const gate = { state: 'pass', sentence: 'It passes.', limits: [] };
    const said = saidBelow({ delivery, gate } as unknown as Report);
    expect([...said].sort()).toEqual(['Few errors.', 'In a list.', 'It passes.']);
    expect(saidBelow({ delivery: null, gate } as unknown as Report).size).toBe(0);
  });
});
