import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  balancedCredit,
  balancedInterleaving,
  drawTeamDraft,
  interleavingSensitivity,
  signTest,
  teamDraft,
  teamDraftCredit,
  unitPreference,
} from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

const list = (text: string): string[] => [...text];
const shown = (rankings: readonly string[], length: number): string[] =>
  [...new Set(teamDraft(rankings.map(list), length).map(({ items }) => items.join('')))].sort();

describe('team draft', () => {
  // facts from mpkato/interleaving, tests/test_team_draft.py (MIT)
  it.each([
    [['12', '23'], 2, ['12', '21']],
    [['12', '23'], 3, ['123', '213']],
    [['12', '23'], 4, ['123', '213']],
    [['12', '34'], 2, ['13', '31']],
    [['12', '34'], 3, ['132', '134', '312', '314']],
    [['12', '23', '34'], 2, ['12', '13', '21', '23', '31', '32']],
    [['12', '34', '56'], 2, ['13', '15', '31', '35', '51', '53']],
  ])('of %j at length %i shows %j', (rankings, length, possible) => {
    expect(shown(rankings, length)).toEqual(possible);
  });

  it('puts a document in the team of the ranker that picked it', () => {
    for (const { items, teams } of teamDraft([list('12'), list('23')], 2)) {
      expect(items.map((item, k) => [item, teams[k]]).sort()).toEqual([
        ['1', 0],
        ['2', 1],
      ]);
    }
  });

  it('is fair: probabilities sum to 1, teams are within one pick, slots are equal, random clicks favour nobody', () => {
    const ranking = fc.shuffledSubarray(list('abcdefgh'), { minLength: 6 });
    fc.assert(
      fc.property(
        fc.array(ranking, { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 6 }),
        (rankings, length) => {
          const lists = teamDraft(rankings, length);
          expect(lists.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
          const slots = rankings.map((_, team) =>
            lists.reduce(
              (sum, { teams, probability }) => sum + probability * teams.filter((t) => t === team).length,
              0,
            ),
          );
          for (const each of slots) expect(each).toBeCloseTo(length / rankings.length, 12);
          for (const { items, teams } of lists) {
            expect(new Set(items).size).toBe(length);
            const picks = rankings.map((_, team) => teams.filter((t) => t === team).length);
            expect(Math.max(...picks) - Math.min(...picks)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { ...PROPERTY, numRuns: 60 },
    );
  });

  it('drawn lists are enumerated ones, as often as their probability says', () => {
    const rankings = [list('abcd'), list('badc'), list('dcba')];
    const seen = new Map<string, number>();
    let state = 7;
    const random = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    for (let k = 0; k < 20_000; k++) {
      const { items, teams } = drawTeamDraft(rankings, 4, random);
      const key = `${items.join('')}|${teams.join('')}`;
      seen.set(key, (seen.get(key) ?? 0) + 1 / 20_000);
    }
    const lists = teamDraft(rankings, 4);
    expect(seen.size).toBe(new Set(lists.map(({ items, teams }) => `${items.join('')}|${teams.join('')}`)).size);
    for (const { items, teams, probability } of lists) {
      expect(Math.abs(seen.get(`${items.join('')}|${teams.join('')}`)! - probability)).toBeLessThan(0.015);
    }
    expect(drawTeamDraft([list('ab'), list('b')], 5, () => 0.999)).toEqual({ items: ['b', 'a'], teams: [1, 0] });
  });

  it('credits the team with more clicks', () => {
    expect(teamDraftCredit([0, 1], [0, 1])).toBe(0);
    expect(teamDraftCredit([0, 1], [0])).toBe(-1);
    expect(teamDraftCredit([0, 1, 1], [0, 1, 2, 2])).toBe(1);
    expect(teamDraftCredit([0, 1], [])).toBe(0);
  });
});

describe('balanced interleaving', () => {
  it('is biased on abc against bca: one uniform click credits the second by a third', () => {
    const [a, b] = [list('abc'), list('bca')];
    const lists = balancedInterleaving(a, b, 3);
    expect(lists.map(({ items }) => items.join(''))).toEqual(['abc', 'bac']);
    const credit = lists.reduce((sum, { items, probability }) => {
      return sum + (probability * [0, 1, 2].reduce((total, k) => total + balancedCredit(a, b, items, [k]), 0)) / 3;
    }, 0);
    expect(credit).toBeCloseTo(1 / 3, 14);
  });

  it('of one ranking with itself is that ranking, and every click a tie', () => {
    const a = list('abcd');
    expect(balancedInterleaving(a, a, 3)).toEqual([{ items: ['a', 'b', 'c'], probability: 1 }]);
    expect(balancedCredit(a, a, a, [1, 3])).toBe(0);
  });
});

describe('who is preferred', () => {
  it('the exact sign test leaves ties out, and answers at its ends', () => {
    expect(signTest({ winsControl: 0, winsTreatment: 5, ties: 3 })).toMatchObject({
      delta: 0.3125,
      p: expect.closeTo(0.0625, 14),
    });
    expect(signTest({ winsControl: 7, winsTreatment: 7, ties: 0 })).toMatchObject({ p: 1, z: 0, delta: 0 });
    expect(signTest({ winsControl: 0, winsTreatment: 0, ties: 4 })).toMatchObject({ status: 'ok', p: null, delta: 0 });
    expect(signTest({ winsControl: 0, winsTreatment: 0, ties: 0 })).toMatchObject({ status: 'insufficient' });
  });

  it('exchanging the arms flips the signs and nothing else', () => {
    const count = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(count, count, count, (winsControl, winsTreatment, ties) => {
        const one = signTest({ winsControl, winsTreatment, ties });
        const other = signTest({ winsControl: winsTreatment, winsTreatment: winsControl, ties });
        if (one.status !== 'ok' || other.status !== 'ok' || one.p === null) return;
        expect(other.p).toBeCloseTo(one.p, 12);
        expect(other.delta).toBeCloseTo(-one.delta, 14);
        expect(other.z).toBeCloseTo(-one.z!, 12);
      }),
      PROPERTY,
    );
  });

  it('a unit counts once, however many impressions it has', () => {
    const units = [[1, 0, 1], [-1], [1, 1], [0, 0, -1, 1]];
    const once = unitPreference(units);
    const often = unitPreference(units.map((outcomes) => [...outcomes, ...outcomes, ...outcomes]));
    expect(often.signs).toEqual(once.signs);
    expect(once.test.status).toBe('ok');
    if (once.test.status !== 'ok' || often.test.status !== 'ok') return;
    expect(often.test.p).toBeCloseTo(once.test.p, 12);
    expect(often.perImpressionError).toBeCloseTo(once.perImpressionError!, 12);
  });

  it('agrees with exact rationals', () => {
    const users = [
      [1, 1, 0, 1, -1],
      [-1, -1],
      [1],
      [0, 0, 0],
      [1, 1, 1, 1, 1, 1, -1, 1],
      [-1, 0, 1],
      [1, 0],
      [-1, 1, 1, 1],
    ];
    const { test, perImpression, perImpressionError } = unitPreference(users);
    expect(test).toMatchObject({
      estimate: expect.closeTo(0.26875, 14),
      degreesOfFreedom: 7,
      p: expect.closeTo(0.25608681096102176, 12),
    });
    expect(perImpression).toBeCloseTo(10 / 28, 14);
    expect(perImpressionError).toBeCloseTo(0.17248046014867685, 12);
  });

  it('one unit is insufficient, units that agree have no variance', () => {
    expect(unitPreference([[1, -1]]).test).toMatchObject({ status: 'insufficient' });
    expect(unitPreference([[1], [1, 1], [1]]).test).toMatchObject({ status: 'no_variance', estimate: 1 });
  });

  it('a sign test per unit holds its level where units have habits and impressions do not', () => {
    let state = 11;
    const random = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    let [perUnit, perImpression] = [0, 0];
    for (let run = 0; run < 400; run++) {
      const units = Array.from({ length: 40 }, () => {
        const habit = random();
        return Array.from({ length: 10 }, () => (random() < habit ? 1 : -1));
      });
      const { test } = unitPreference(units);
      if (test.status === 'ok' && test.p < 0.05) perUnit += 1 / 400;
      const wins = units.flat().filter((outcome) => outcome === 1).length;
      const naive = signTest({ winsControl: 400 - wins, winsTreatment: wins, ties: 0 });
      if (naive.status === 'ok' && naive.p! < 0.05) perImpression += 1 / 400;
    }
    expect(perUnit).toBeLessThan(0.085);
    expect(perImpression).toBeGreaterThan(0.2);
  });
});

describe('sensitivity', () => {
  const model = { click: (item: string) => (item === 'a' ? 0.9 : 0.1), stop: () => 0.5 };

  it('one position is won by its team: both kinds of test see what the enumeration by hand says', () => {
    const result = interleavingSensitivity(['b'], ['a'], 1, model);
    expect(result.treatmentWins).toBeCloseTo(0.45, 14);
    expect(result.controlWins).toBeCloseTo(0.05, 14);
    expect(result.variance).toBeCloseTo(0.5 - 0.4 ** 2, 14);
    expect(result.clickThrough.difference).toBeCloseTo(0.8, 14);
    expect(result.clicks.difference).toBeCloseTo(0.8, 14);
  });

  it('exchanging the rankings flips the signs, and equal rankings cannot be told apart', () => {
    const one = interleavingSensitivity(list('bacd'), list('abcd'), 3, model);
    const other = interleavingSensitivity(list('abcd'), list('bacd'), 3, model);
    expect(other.meanCredit).toBeCloseTo(-one.meanCredit, 14);
    expect(other.reciprocalRank.difference).toBeCloseTo(-one.reciprocalRank.difference, 14);
    expect(other.impressions).toBeCloseTo(one.impressions!, 9);
    const same = interleavingSensitivity(list('abcd'), list('abcd'), 3, model);
    expect(same).toMatchObject({ impressions: null, clicks: { impressions: null, timesTeamDraft: null } });
  });
});

describe('arguments out of their domain', () => {
  it.each([
    ['rankings must be at least two', () => teamDraft([['a']], 1)],
    ['must not repeat', () => teamDraft([['a', 'a'], ['b']], 1)],
    ['length', () => drawTeamDraft([['a'], ['b']], 0, () => 0)],
    [
      'at most 20000',
      () =>
        teamDraft(
          [0, 1].map((t) => Array.from({ length: 40 }, (_, k) => `${t}-${k}`)),
          40,
        ),
    ],
    ['clicks[0]', () => teamDraftCredit([0, 1], [2])],
    ['clicks[1]', () => balancedCredit(['a'], ['a'], ['a'], [0, -1])],
    ['winsControl', () => signTest({ winsControl: -1, winsTreatment: 0, ties: 0 })],
    ['units[1]', () => unitPreference([[1], []])],
    ['units[0][0]', () => unitPreference([[Number.NaN]])],
    ['click of a', () => interleavingSensitivity(['a'], ['a'], 1, { click: () => 2, stop: () => 0 })],
    ['at most 16', () => interleavingSensitivity(['a'], ['a'], 17, { click: () => 0, stop: () => 0 })],
  ])('%s', (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(name);
  });
});
