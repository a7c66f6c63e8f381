import { describe, expect, it } from 'vitest';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { Preference } from '../../server/contract/interleave-contract.ts';
import { densityDomain, densityPoints } from '../../web/charts/density-rows.ts';
import { estimateDomain } from '../../web/charts/estimate-rows.ts';
import { scoreBins } from '../../web/charts/score-bins.ts';
import { heldUntil } from '../../web/charts/time-series.ts';
import { allocationTitle, beliefs, beliefTitle, bestWords, splitOf } from '../../web/modes/bandit-words.ts';
import {
  evidenceWords,
  harmWords,
  limitWords,
  rampSteps,
  rampTitle,
  safetyWords,
} from '../../web/modes/canary-words.ts';
import { differences, estimateRow, estimateWords, points, shares } from '../../web/modes/estimate-words.ts';
import { preferenceRows, testLines } from '../../web/modes/interleave-words.ts';
import { measureName, shadowCounts } from '../../web/modes/shadow-words.ts';

const wide = (text: string) => text.replaceAll('\u202f', ' ').replaceAll('\u2212', '-');

describe('an estimate in words', () => {
  const base = { units: 10, decisions: 20 };
  const ok = { status: 'ok' as const, estimate: 0.9721, interval: { lower: 0.965, upper: 0.978 }, ...base };

  it('has the digits that its interval supports', () => {
    expect(wide(estimateWords(ok, shares))).toBe('97.21 % (96.50 to 97.80)');
    expect(wide(estimateWords({ ...ok, estimate: -0.014, interval: { lower: -0.05, upper: 0.02 } }, points))).toBe(
      '-1.4 pp (-5.0 to 2.0)',
    );
  });

  it('says that it is of so far when there is too little for an interval, and nothing without a decision', () => {
    const few = { status: 'insufficient' as const, estimate: 0.5, missing: 'more units', ...base };
    expect(wide(estimateWords(few, shares))).toBe('50.0 % so far');
    expect(estimateRow('A', few, shares, 'red')).toMatchObject({ estimate: 50, interval: null });
    expect(estimateRow('A', { ...few, estimate: null }, shares, 'red')).toBeNull();
  });

  it('shows signs of differences', () => {
    const gap = { status: 'ok' as const, estimate: 0.1, interval: { lower: 0, upper: 0.2 }, units: 1, decisions: 1 };
    expect(estimateWords(gap, differences)).toBe('+0.10 (0.00 to 0.20)');
  });

  it('stands on an axis that holds it, its reference and no share beyond all', () => {
    const row = estimateRow('A', ok, shares, 'red');
    if (!row) throw new Error('it has an estimate');
    const [low, high] = estimateDomain([row], null, { lower: 0, upper: 100 });
    expect(low).toBeLessThan(96.5);
    expect(high).toBeGreaterThan(97.8);
    expect(
      estimateDomain([{ ...row, estimate: 99.9, interval: { lower: 99, upper: 100 } }], null, { upper: 100 })[1],
    ).toBe(100);
    const [from] = estimateDomain([row], 0);
    expect(from).toBeLessThan(0);
  });

  it('is not pressed to a point by one that knows nothing', () => {
    const row = (estimate: number, half: number) => ({
      id: `${estimate}`,
      name: '',
      estimate,
      interval: { lower: estimate - half, upper: estimate + half },
      colour: '',
      text: '',
    });
    const [low, high] = estimateDomain([row(1, 0.1), row(1.1, 0.1), row(1, 1e6)], null);
    expect(high - low).toBeLessThan(3);
  });
});

describe('a ramp in words', () => {
  const canary = { step: 2, share: 0.5, candidate: 'new', control: 'old', rolledBack: null } as CanaryReport;
  const decision = { state: 'inconclusive' } as CanaryReport['decision'];

  it('marks where it stands', () => {
    expect(rampSteps(canary, [0.1, 0.5, 0.9]).map(({ state }) => state)).toEqual(['done', 'present', 'to_come']);
    expect(wide(rampTitle({ ...canary, decision }))).toBe('50 % of units get “new”');
    expect(wide(rampTitle({ ...canary, decision: { ...decision, state: 'hold' } }))).toMatch(/, on hold$/);
  });

  it('stands nowhere after a rollback or while paused', () => {
    const rolledBack = { at: '2026-01-01T00:00:00Z', reason: 'harm' };
    const steps = rampSteps({ ...canary, rolledBack }, [0.1, 0.5]);
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(wide(steps[1]?.label ?? '')).toBe('Step 2: 50 %, rolled back');
    expect(rampTitle({ ...canary, rolledBack, decision })).toBe('Rolled back: everyone gets “old”');
    expect(rampTitle({ ...canary, share: 0, decision })).toBe('Everyone gets “old” now');
  });

  it('calls harm shown only where a guardrail fails', () => {
    const needed = Math.log(40);
    expect([0, Math.log(5), Math.log(20), needed].map((logE) => harmWords(logE, needed))).toEqual([
      'no sign',
      'at most a weak sign',
      'a sign, not enough to roll back',
      'shown',
    ]);
    expect(safetyWords(needed - 0.01, needed)).toBe('more than half shown');
    expect(safetyWords(needed, needed)).toBe('shown');
    expect(evidenceWords(Math.log(3.2), needed)).toBe('highest e-value 3.2, 40 decides');
    expect(evidenceWords(900, needed)).toBe('highest e-value 10^390.9, 40 decides');
  });

  it('says what fails and what passes', () => {
    const guardrail = {
      kind: 'errors',
      margin: { relative: 0.5 },
      rollbackMargin: 0,
      mustPass: true,
      thresholdMs: null,
    };
    expect(wide(limitWords(guardrail as CanaryReport['guardrails'][number]))).toBe(
      'Fails when shown to be worse; passes when shown to be worse by less than 50 %; a step waits for it.',
    );
    const slow = { ...guardrail, kind: 'slow_calls', thresholdMs: 250, rollbackMargin: 0.1, mustPass: false };
    expect(wide(limitWords(slow as CanaryReport['guardrails'][number]))).toBe(
      'Slow: over 250 ms. Fails when shown to be worse by more than 10 %; passes when shown to be worse by less than 50 %; no step waits for it.',
    );
  });
});

describe('a bandit in words', () => {
  it('never calls a chance certain', () => {
    expect([0.5, 0.999999, 1e-9].map((chance) => wide(bestWords(chance)))).toEqual(['50 %', 'over 99 %', '1 %']);
  });

  it('draws a belief for each arm that has one, and the champion where the effect is zero', () => {
    const arm = { weight: 0.5, closedCells: 9, meanAsCame: 0.1, probabilityBest: 0.5, effect: 0, standardDeviation: 0 };
    const arms = [
      { ...arm, variant: 'new', control: false, effect: 0.2, standardDeviation: 0.1, probabilityBest: 0.999 },
      { ...arm, variant: 'old', control: true },
      { ...arm, variant: 'raw', control: false, effect: null, standardDeviation: null },
    ];
    const rows = beliefs(arms, new Map());
    expect(rows.map(({ name, control }) => [name, control])).toEqual([
      ['new', false],
      ['old', true],
    ]);
    expect(wide(rows[0]?.text ?? '')).toBe('+0.20 (0.00 to 0.40)');
    const domain = densityDomain(rows);
    const curve = densityPoints(rows, domain);
    expect(new Set(curve.map(({ name }) => name))).toEqual(new Set(['new']));
    const summit = curve.reduce((best, point) => (point.height > best.height ? point : best));
    expect(summit.x).toBeCloseTo(0.2, 6);
    expect(wide(beliefTitle(arms))).toMatch(/^“new” is the best with a chance of over 99 %/);
  });

  it('say how units are given now and at the beginning', () => {
    const of = (a: number) => [
      { variant: 'new', weight: a },
      { variant: 'old', weight: 1 - a },
    ];
    const weights = [
      { epoch: 1, at: '2026-01-01T00:00:00Z', weights: of(0.5) },
      { epoch: 2, at: '2026-01-02T00:00:00Z', weights: of(0.75) },
    ];
    expect(wide(allocationTitle({ weights } as BanditReport))).toBe(
      '“new” gets 75 % of units now, after 50 % in the first epoch',
    );
  });

  it('reads a split in percent, and says what is wrong with others', () => {
    expect(splitOf({ a: '30', b: '70' })).toEqual({ split: 'a:0.3,b:0.7' });
    expect(splitOf({ a: '12,5', b: '87.5' })).toEqual({ split: 'a:0.125,b:0.875' });
    expect(splitOf({ a: '', b: '100' })).toEqual({ wrong: 'The share of “a” must be a number from 0 to 100.' });
    expect(splitOf({ a: '-1', b: '101' })).toHaveProperty('wrong');
    expect(splitOf({ a: '40', b: '70' })).toHaveProperty('wrong');
  });

  it('holds the last weight of each line until now', () => {
    const [at, later, now] = [new Date(0), new Date(5), new Date(9)];
    const held = heldUntil(
      [
        { at, name: 'a', value: 1 },
        { at: later, name: 'a', value: 2 },
        { at: now, name: 'b', value: 3 },
      ],
      now,
    );
    expect(held.slice(3)).toEqual([{ at: now, name: 'a', value: 2 }]);
  });
});

describe('a preference in words', () => {
  const tally = { wins: 3, ties: 2, losses: 1 };
  const found: Preference = {
    estimate: 0.25,
    standardError: 0.1,
    test: null,
    signTest: null,
    alwaysValid: null,
    units: tally,
    impressions: tally,
  };

  it('shows no test and no interval before they may be read', () => {
    expect(testLines(found)).toEqual([]);
    const comparison = { contested: found, plain: { ...found, estimate: null } } as Parameters<
      typeof preferenceRows
    >[0];
    expect(preferenceRows(comparison, 'red')).toMatchObject([
      { name: 'Contested items', estimate: 25, interval: null },
    ]);
  });

  it('gives every p-value its interval or what it counts', () => {
    const test = {
      interval: { lower: 0.05, upper: 0.45 },
      pValue: 0.01,
      adjustedPValue: 0.02,
      degreesOfFreedom: 99,
    };
    const lines = testLines({ ...found, test, signTest: { pValue: 0.03, winRate: 0.75 } });
    expect(lines.map(wide)).toEqual([
      't over units: 5 to 45 %, p = 0.020 over all comparisons, 99 degrees of freedom.',
      'Exact sign test: 75 % of the units that prefer one, p = 0.030.',
    ]);
  });
});

describe('a shadow phase in words', () => {
  it('names measures, and says when drops are not known', () => {
    expect(measureName('differs.price')).toBe('Field “price” differs');
    expect(measureName('rbo')).toBe('Rank-biased overlap');
    expect(measureName('ownMeasure')).toBe('own measure');
    const calls = { shadowed: 98, dropped: 2, droppedShare: 0.02 };
    const of = (some: object) =>
      Object.fromEntries(shadowCounts({ comparisons: 9, units: 3, references: 1, calls, ...some } as never));
    expect(wide(of({})['Shadow calls dropped'] ?? '')).toBe('2 of 100 (2.0 %)');
    expect(of({ calls: { ...calls, droppedShare: null } })['Shadow calls dropped']).toMatch(/^not told yet/);
  });

  it('spreads all decisions over the bins of a picture', () => {
    const bins = scoreBins({ lower: 0, upper: 1, champion: Array(200).fill(2), candidate: Array(200).fill(0) });
    const champion = bins.filter(({ model }) => model === 'champion');
    expect(champion).toHaveLength(50);
    expect(champion.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(champion.at(-1)?.to).toBeCloseTo(1, 12);
    expect(bins.filter(({ model }) => model === 'candidate').every(({ share }) => share === 0)).toBe(true);
  });
});
