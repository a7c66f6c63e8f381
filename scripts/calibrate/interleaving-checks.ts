import {
  balancedCredit,
  balancedInterleaving,
  drawTeamDraft,
  signTest,
  teamDraft,
  teamDraftCredit,
  unitPreference,
} from '../../stats/index.ts';
import { atLeast, atMost, type Check, equal, exactly, share, type Theme } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const RADLINSKI = 'exact enumeration; Radlinski et al. 2008';
/** Two rankings and the length of the mixed list, even, so that both teams can have half. */
const PAIRS: [string, string, number][] = [
  ['abc', 'bca', 2],
  ['abcd', 'dcba', 4],
  ['abcdef', 'fabcde', 6],
  ['abcd', 'efgh', 4],
];

/** Chance of a click by position, whatever the item. */
function clickAt(position: number): number {
  return 0.6 * 0.7 ** position;
}

const teamDraftFairness: Check = {
  name: 'team-draft-fairness',
  world:
    'Clicks that do not care for the item, only for its position. Every list that team draft can show, with its probability.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    PAIRS.flatMap(([control, treatment, length]) => {
      const outcomes = teamDraft([[...control], [...treatment]], length);
      const sum = (of: (teams: readonly number[]) => number) =>
        outcomes.reduce((total, { teams, probability }) => total + probability * of(teams), 0);
      const credit = sum((teams) => teams.reduce((d, team, k) => d + (team === 1 ? 1 : -1) * clickAt(k), 0));
      const first = sum((teams) => (teams[0] === 1 ? 1 : 0));
      // of the list that is furthest from half and half
      const uneven = Math.max(...outcomes.map(({ teams }) => Math.abs(teams.reduce((d, team) => d + team - 0.5, 0))));
      const pair = `${control} against ${treatment}`;
      return [
        exactly(`credit difference, ${pair}`, credit, equal(0, RADLINSKI)),
        exactly(`first place, ${pair}`, first, equal(0.5, RADLINSKI)),
        exactly(`places of a team beyond half the list, ${pair}`, uneven, equal(0, RADLINSKI)),
      ];
    }),
};

const balancedBias: Check = {
  name: 'balanced-bias',
  world:
    'One click at random on a list of abc and bca: balanced interleaving is biased, which is why team draft is used.',
  runs: { quick: 1, full: 1 },
  measure: () => {
    const [control, treatment] = [[...'abc'], [...'bca']];
    const clicks = [0, 1, 2];
    let [balanced, drafted] = [0, 0];
    for (const { items, probability } of balancedInterleaving(control, treatment, 3)) {
      for (const click of clicks) balanced += (probability / 3) * balancedCredit(control, treatment, items, [click]);
    }
    for (const { teams, probability } of teamDraft([control, treatment], 3)) {
      for (const click of clicks) drafted += (probability / 3) * teamDraftCredit(teams, [click]);
    }
    return [
      exactly('team draft', drafted, equal(0, RADLINSKI)),
      exactly('beside: balanced, in favour of control', -Math.abs(balanced), equal(-1 / 3, 'exact enumeration')),
    ];
  },
};

const HABITS = { units: 200, mostImpressions: 40, spread: 0.6 };

/** Outcomes of the impressions of a unit with habits: it leans to one team, in half of all units to the other one. */
function habitualUnit(random: RandomStream): number[] {
  const lean = HABITS.spread * (random.uniform() < 0.5 ? -1 : 1) * random.uniform();
  const impressions = 1 + random.below(HABITS.mostImpressions);
  return Array.from({ length: impressions }, () => (random.uniform() < (1 + lean) / 2 ? 1 : -1));
}

const perUnit: Check = {
  name: 'interleaving-per-unit',
  world:
    'No preference on average, 200 units with 1 to 40 impressions and habits of their own. The world is ours: the rule names none.',
  runs: { quick: 1000, full: 20_000 },
  measure: (random, runs) => {
    const hits = { t: 0, sign: 0, impressions: 0 };
    for (let run = 0; run < runs; run++) {
      const units = Array.from({ length: HABITS.units }, () => habitualUnit(random));
      const { test, signs } = unitPreference(units);
      const all = units.flat();
      const wins = all.filter((each) => each > 0).length;
      const plain = signTest({ winsTreatment: wins, winsControl: all.length - wins, ties: 0 });
      if (test.status === 'ok' && test.p < 0.05) hits.t += 1;
      if (signs.status === 'ok' && (signs.p ?? 1) < 0.05) hits.sign += 1;
      if (plain.status === 'ok' && (plain.p ?? 1) < 0.05) hits.impressions += 1;
    }
    return [
      share('t over units', hits.t, runs, equal(0.05, 'definition')),
      share('exact sign test over units', hits.sign, runs, atMost(0.05, 'definition')),
      share('beside: sign test over impressions', hits.impressions, runs, atLeast(0.25, 'simulated before: 33 %')),
    ];
  },
};

const drawn: Check = {
  name: 'team-draft-drawn',
  world: 'Lists of abcd and badc as they are drawn for a request: each list as often as the enumeration says.',
  runs: { quick: 20_000, full: 400_000 },
  measure: (random, runs) => {
    const rankings = [[...'abcd'], [...'badc']];
    const counts = new Map<string, number>();
    const keyOf = (teams: readonly number[], items: readonly string[]) => `${items.join('')} by ${teams.join('')}`;
    for (let run = 0; run < runs; run++) {
      const { teams, items } = drawTeamDraft(rankings, 4, random.uniform);
      const key = keyOf(teams, items);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return teamDraft(rankings, 4).map(({ teams, items, probability }) => {
      const key = keyOf(teams, items);
      return share(key, counts.get(key) ?? 0, runs, equal(probability, 'exact enumeration'));
    });
  },
};

export const interleaving: Theme = {
  title: 'Interleaving',
  checks: [teamDraftFairness, balancedBias, drawn, perUnit],
};
