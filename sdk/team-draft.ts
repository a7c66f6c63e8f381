import { hashPrefix, hashUnit } from './hash.ts';
import { HASH_RANGE } from './ruleset.ts';

/** One place of a mixed list. */
export interface DraftedPlace {
  /** Index of the ranking that placed the item. */
  team: number;
  /** Place of the item in that ranking, from 0. */
  rank: number;
  /**
   * In a round that tells teams apart: when it began, every team had an item left, and not all the same one. Fixed for the
   * round, before it is drawn who picks first: a flag that changed with the picks would let clicks at random favour a team.
   */
  contested: boolean;
}

/** How far a team has come. */
interface Team {
  ids: readonly string[];
  /** Its first item that is not shown; `ids.length` when it is out. */
  next: number;
  picks: number;
}

/**
 * Mixes rankings by team draft (Radlinski, Kurup, Joachims 2008; more than two: Schuth et al. 2014): the team with the
 * fewest picks places its best item that is not shown yet, by chance among several; a team without one passes. No
 * ranking may repeat an item. `drawAt`: a number from 0 to below 1 for a place, from 0; read where several may pick.
 */
export function draftTeams(
  rankings: readonly (readonly string[])[],
  length: number,
  drawAt: (place: number) => number,
): DraftedPlace[] {
  const teams = rankings.map((ids): Team => ({ ids, next: 0, picks: 0 }));
  const shown = new Set<string>();
  const places: DraftedPlace[] = [];
  let round = -1;
  let contested = false;
  for (let place = 0; place < length; place++) {
    const open = teams.filter((team) => advance(team, shown));
    const fewest = Math.min(...open.map(({ picks }) => picks));
    const choices = open.filter(({ picks }) => picks === fewest);
    if (choices.length === 0) break;
    if (fewest > round) contested = isContested(teams);
    round = fewest;
    const choice = choices.length === 1 ? 0 : Math.floor(drawAt(place) * choices.length);
    const team = choices[choice]!;
    shown.add(team.ids[team.next]!);
    team.picks++;
    places.push({ team: teams.indexOf(team), rank: team.next, contested });
  }
  return places;
}

/** Passes over items that are shown; false when none is left. */
function advance(team: Team, shown: ReadonlySet<string>): boolean {
  const { ids } = team;
  while (team.next < ids.length && shown.has(ids[team.next]!)) team.next++;
  return team.next < ids.length;
}

function isContested(teams: readonly Team[]): boolean {
  const first = teams[0]!.ids[teams[0]!.next];
  return teams.every(({ ids, next }) => next < ids.length) && teams.some(({ ids, next }) => ids[next] !== first);
}

/** The draws of one impression: for a place the draw (R2) of `unit.place` under the impression id as salt. */
export function impressionDraws(unit: string, impression: string): (place: number) => number {
  const prefix = hashPrefix(impression);
  return (place) => (hashUnit(prefix, `${unit}.${place}`) >>> 0) / HASH_RANGE;
}
