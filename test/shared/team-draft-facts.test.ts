import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { draftTeams, impressionDraws } from '../../sdk/team-draft.ts';

const file = fileURLToPath(new URL('../../../shared/vectors/interleaving/team-draft.json', import.meta.url));

interface Facts {
  interleave: { rankings: number[][]; length: number; possible: number[][] }[];
  teams: { rankings: number[][]; length: number; teams: number[][] }[];
  distinctOutcomes: { rankings: number[][]; length: number; numberOfRankings: number }[];
}

/** What team draft shows over many impressions: the list, and the team of each place. */
function impressions(rankings: number[][], length: number): { list: number[]; teams: number[] }[] {
  const lists = rankings.map((ranking) => ranking.map(String));
  return Array.from({ length: 1000 }, (_, i) => {
    const places = draftTeams(lists, length, impressionDraws(`u${i}`, `i${i}`));
    return { list: places.map(({ team, rank }) => rankings[team]![rank]!), teams: places.map(({ team }) => team) };
  });
}

const distinct = (values: unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))].sort();

describe.skipIf(!existsSync(file))('facts about team draft', () => {
  const facts: Facts = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { interleave: [], teams: [], distinctOutcomes: [] };

  it('shows every possible list and no other', () => {
    for (const { rankings, length, possible } of facts.interleave) {
      expect(distinct(impressions(rankings, length).map(({ list }) => list))).toEqual(distinct(possible));
    }
  });

  it('gives items to the teams that the facts name', () => {
    for (const { rankings, length, teams } of facts.teams) {
      for (const shown of impressions(rankings, length)) {
        const owned = rankings.map((_, team) => shown.list.filter((_, place) => shown.teams[place] === team));
        expect(owned).toEqual(teams);
      }
    }
  });

  it('has as many outcomes of list and teams as the facts count', () => {
    for (const { rankings, length, numberOfRankings } of facts.distinctOutcomes) {
      expect(distinct(impressions(rankings, length))).toHaveLength(numberOfRankings);
    }
  });
});
