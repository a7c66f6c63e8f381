import { describe, expect, it } from 'vitest';
import { rampSeries } from '../../web/charts/ramp-series.ts';
import { stepDomain, stepPicture } from '../../web/charts/step-rows.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString();
const step = (number: number, share: number, from: number, to: number | null) => ({
  ...{ step: number, share, startedAt: at(from), endedAt: to === null ? null : at(to), reason: null },
  ...{ candidateRequests: 0, championRequests: 0, candidateErrors: 0, championErrors: 0 },
  ...{ candidateMeanMs: null, championMeanMs: null },
});
const planned = (number: number, share: number, seconds: number | null) => ({
  ...{ step: number, share, seconds, minimumRequests: 1, guardrails: [] },
});
const canary = {
  history: [step(1, 0.1, 0, 10), step(2, 0.5, 10, null)],
  rolledBack: null,
  decision: { kind: 'wait' as const, state: 'inconclusive' as const, sentence: '', nextCheckAt: at(35) },
  plan: {
    ...{ sentence: '', problems: [], requestsPerSecond: null, errorRate: null, seconds: null },
    steps: [planned(1, 0.1, 600), planned(2, 0.5, 600), planned(3, 0.8, 120), planned(4, 0.9, 6000)],
  },
  step: 2,
  share: 0.5,
};
const phase = { pauses: [], endedAt: null, hold: null, state: 'running' as const };
const entry = (action: string, minute: number, detail = {}) => ({ actor: 'me', action, at: at(minute), detail });
const minutes = (date: Date) => date.getUTCMinutes();

describe('a ramp over time', () => {
  it('is a staircase up to now, and what comes next at the planned pace as far as it has room', () => {
    const series = rampSeries({ canary, phase, moves: [], now: at(30) });
    expect(series?.past.map(({ from, to, share }) => [minutes(from), minutes(to), share])).toEqual([
      [0, 10, 0.1],
      [10, 30, 0.5],
    ]);
    // Six tenths of the thirty minutes that passed.
    expect(series?.next.map(({ from, to, share }) => [minutes(from), minutes(to), share])).toEqual([
      [30, 35, 0.5],
      [35, 37, 0.8],
      [37, 48, 0.9],
    ]);
    expect(series?.span.map(minutes)).toEqual([0, 48]);
  });

  it('falls to nothing in a pause', () => {
    const pauses = [{ from: at(5), to: at(15) }];
    const series = rampSeries({ canary, phase: { ...phase, pauses }, moves: [], now: at(30) });
    expect(series?.past.map(({ from, to, share, step: one }) => [minutes(from), minutes(to), share, one])).toEqual([
      [0, 5, 0.1, 1],
      [5, 10, 0, null],
      [10, 15, 0, null],
      [15, 30, 0.5, 2],
    ]);
    expect(series?.paused).toHaveLength(1);
  });

  it('marks holds from the history, the one that lasts up to now, and the rollback at its end', () => {
    const moves = [
      entry('experiment.hold', 25, { reason: 'away' }),
      entry('experiment.release', 14),
      entry('experiment.hold', 12, { reason: 'doubt' }),
    ];
    const hold = { by: 'me', at: at(25), reason: 'away' };
    const held = rampSeries({ canary, phase: { ...phase, hold }, moves, now: at(30) })?.held;
    expect(held?.map(({ from, to, reason }) => [minutes(from), minutes(to), reason])).toEqual([
      [12, 14, 'doubt'],
      [25, 30, 'away'],
    ]);
    const back = { ...canary, rolledBack: { at: at(20), reason: 'Errors.' }, share: 0 };
    const ended = { ...phase, state: 'ended' as const, endedAt: at(20) };
    const series = rampSeries({ canary: back, phase: ended, moves: [], now: at(30) });
    expect(series?.past.at(-1)).toMatchObject({ share: 0, step: null });
    expect([series?.next, series?.nextCheck]).toEqual([[], null]);
    expect(rampSeries({ canary: { ...canary, history: [] }, phase, moves: [], now: at(30) })).toBeNull();
  });
});

describe('a guardrail by step', () => {
  const base = {
    name: 'Errors',
    kind: 'errors' as const,
    state: 'inconclusive' as const,
    sentence: '',
    mustPass: true,
  };
  const more = { metric: null, margin: { relative: 0.5 }, rollbackMargin: 0, thresholdMs: null, evidence: null };
  const rate = {
    ...{ failLogE: 0, passLogE: 0, neededLogE: 3, failedAt: null, passedAt: null, candidateUnits: 3, controlUnits: 4 },
    ...{ waitingUnits: 0, expectedCandidateUnits: 3, rateRatio: 1.2 },
    steps: [
      { step: 1, candidate: 0, control: 0, waiting: 1, ratio: null },
      { step: 2, candidate: 3, control: 0, waiting: 0, ratio: { estimate: null, lower: 0.4, upper: null } },
      { step: 3, candidate: 3, control: 4, waiting: 0, ratio: { estimate: 0.9, lower: 0.1, upper: 60 } },
    ],
  };

  it('has a bar a step with failing units, and all steps last', () => {
    const picture = stepPicture({ ...base, ...more, limits: { even: 1, pass: 1.5, fail: 1 }, rate }, 'mean');
    expect(picture?.rows.map(({ name, text, whole }) => [name, text, whole])).toEqual([
      ['Step 2', 'over 0.40, 3 failing units', false],
      ['Step 3', '0.90\u00d7 (0.10 to 60)', false],
      ['All steps', '1.2\u00d7', true],
    ]);
    const [low, high] = picture ? stepDomain(picture) : [0, 0];
    expect(low).toBeCloseTo(0.1, 12);
    expect(high).toBe(20);
  });

  it('of a metric is in its unit, and one wide bar does not press the others', () => {
    const arm = { units: 100, value: 0.1 };
    const evidence = {
      ...{ difference: 0.01, lower: -0.02, upper: 0.04, failLogE: 0, passLogE: 0 },
      steps: [
        { step: 1, candidate: arm, control: arm, difference: 0.03, interval: { lower: -0.9, upper: 0.96 } },
        { step: 2, candidate: arm, control: arm, difference: 0.01, interval: null },
      ],
    };
    const limits = { even: 0, pass: -0.02, fail: 0 };
    const picture = stepPicture({ ...base, ...more, kind: 'metric', limits, rate: null, evidence }, 'proportion');
    expect(picture).toMatchObject({ scale: 'linear', pass: -2 });
    expect(picture?.rows.map(({ estimate }) => estimate)).toEqual([3, 1, 1]);
    const [low, high] = picture ? stepDomain(picture) : [0, 0];
    expect(low).toBeGreaterThan(-15);
    expect(high).toBeLessThan(15);
    expect(stepPicture({ ...base, ...more, limits, rate: null, evidence: null }, 'mean')).toBeNull();
  });
});
