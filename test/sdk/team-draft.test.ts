import { readFileSync } from 'node:fs';
import { draw } from '@assay-ml/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DraftedPlace, draftTeams, impressionDraws } from '../../sdk/team-draft.ts';
import { drawTeamDraft } from '../../stats/index.ts';

interface Vector {
  unit: string;
  impression: string;
  depth: number;
  rankings: string[][];
  items: { item: string; team: number; contested: boolean }[];
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../sdk/vectors/team-draft.json', import.meta.url), 'utf8'),
);

const ranking = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 10 });
const rankings = fc.array(ranking, { minLength: 2, maxLength: 4 });
const length = fc.integer({ min: 1, max: 12 });

const itemsOf = (lists: string[][], places: DraftedPlace[]) =>
  places.map(({ team, rank, contested }) => ({ item: lists[team]![rank]!, team, contested }));

/** Every list of two teams, each as often as it is probable. */
function allDrafts(lists: string[][], depth: number): DraftedPlace[][] {
  return Array.from({ length: 2 ** depth }, (_, bits) =>
    draftTeams(lists, depth, (place) => ((bits >> place) & 1) / 2 + 0.1),
  );
}

/** Places that the second team has more than the first, by position, over all lists. */
function leads(drafts: DraftedPlace[][], depth: number, counts: (place: DraftedPlace) => boolean): number[] {
  return Array.from({ length: depth }, (_, position) =>
    drafts.reduce((sum, places) => {
      const place = places[position];
      return place && counts(place) ? sum + (place.team === 1 ? 1 : -1) : sum;
    }, 0),
  );
}

describe('Team draft', () => {
  test('equals the vectors', () => {
    expect(vectors.length).toBeGreaterThan(50);
    for (const { unit, impression, depth, rankings, items } of vectors) {
      expect(itemsOf(rankings, draftTeams(rankings, depth, impressionDraws(unit, impression)))).toEqual(items);
    }
  });

  test('draws by unit and impression as R2 says', () => {
    const unit = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(unit, unit, fc.nat(1000), (who, impression, place) => {
        expect(impressionDraws(who, impression)(place)).toBe(draw(impression, `${who}.${place}`));
      }),
      { numRuns: 30 },
    );
  });

  test('is what stats draws from equal random numbers', () => {
    fc.assert(
      fc.property(
        rankings,
        length,
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (lists, depth, numbers) => {
          let read = 0;
          const expected = drawTeamDraft(lists, depth, () => numbers[read++]!);
          const places = draftTeams(lists, depth, (place) => numbers[place]!);
          expect(itemsOf(lists, places).map(({ item }) => item)).toEqual(expected.items);
          expect(places.map(({ team }) => team)).toEqual(expected.teams);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('shows no item twice, ends only when nobody has one left, and keeps teams within one pick', () => {
    fc.assert(
      fc.property(rankings, length, fc.string(), (lists, depth, impression) => {
        const places = draftTeams(lists, depth, impressionDraws('u', impression));
        const shown = itemsOf(lists, places).map(({ item }) => item);
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.length).toBe(Math.min(depth, new Set(lists.flat()).size));
        const long = lists.filter((list) => list.length >= depth).length === lists.length;
        const picks = lists.map((_, team) => places.filter((place) => place.team === team).length);
        if (long) expect(Math.max(...picks) - Math.min(...picks)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('gives both teams equal chances of every contested place, so that random clicks favour none', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.integer({ min: 1, max: 7 }), (first, second, depth) => {
        const drafts = allDrafts([first, second], depth);
        expect(leads(drafts, depth, ({ contested }) => contested).every((lead) => lead === 0)).toBe(true);
      }),
    );
  });

  test('gives both teams equal chances of every place where lists are as long as what is shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.infiniteStream(ranking), (depth, lists) => {
        const long = (list: string[]) => [...list, ...'klmnopq'].slice(0, Math.max(depth, list.length));
        const [first, second] = [long(lists.next().value), long(lists.next().value)];
        expect(leads(allDrafts([first, second], depth), depth, () => true).every((lead) => lead === 0)).toBe(true);
      }),
    );
  });

  test('contests a round where the next items differ, and no round of one team alone', () => {
    const contested = (...lists: string[]) =>
      draftTeams(
        lists.map((list) => [...list]),
        10,
        () => 0,
      ).map((place) => place.contested);
    expect(contested('abc', 'abc')).toEqual([false, false, false]);
    // a is next in both lists: who picks it, and who then picks something else, the coin alone decides.
    expect(contested('abc', 'acb')).toEqual([false, false, false]);
    expect(contested('abcd', 'acbd')).toEqual([false, false, false, false]);
    expect(contested('ab', 'cd')).toEqual([true, true, true, true]);
    expect(contested('a', 'cde')).toEqual([true, true, false, false]);
    expect(contested('', 'cde')).toEqual([false, false, false]);
    expect(contested('abc', 'abc', 'cab')).toEqual([true, true, true]);
  });

  test('draws of neighbouring places and impressions look independent', () => {
    const first = Array.from({ length: 4000 }, (_, i) => impressionDraws(`user-${i % 7}`, `imp-${i}`));
    const heads = [0, 2, 4, 6].map((place) => first.map((drawAt) => (drawAt(place) < 0.5 ? 1 : -1)));
    // 4,000 fair coins sum to within ±253 in all but 6 of 100,000 cases.
    const sum = (values: number[]) => Math.abs(values.reduce((total, each) => total + each, 0));
    for (const each of heads) {
      expect(sum(each)).toBeLessThan(253);
      expect(sum(each.slice(1).map((value, i) => value * each[i]!))).toBeLessThan(253);
    }
    for (let k = 1; k < heads.length; k++) {
      expect(sum(heads[k]!.map((value, i) => value * heads[k - 1]![i]!))).toBeLessThan(253);
    }
  });
});
