import { draftTeams, impressionDraws } from '../../sdk/team-draft.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';

/** Two rankers, of which the challenger puts items of odd number first, and people who lean to either kind. */
export interface InterleaveWorld {
  /** What a unit likes odd items more than even ones, on average: 0 is no preference. */
  preference: number;
  /** How much units differ in it. */
  habit: number;
  /** Share of impressions in which the challenger gives no list, for a unit that clicks so often. */
  failing: (rate: number) => number;
}

/** What a unit did, by impression: 1 where the challenger's items got more clicks, −1 where fewer. */
export interface InterleavedUnit {
  contested: number[];
  plain: number[];
  /** As if degraded impressions, all of whose items are the champion's, were compared too. */
  withDegraded: number[];
  clicks: { variant: number; against: number };
  firstPicks: { variant: number; against: number };
  /** Impressions in which either has a contested item more. */
  uneven: { more: number; fewer: number };
}

export const DEPTH = 10;
const ITEMS = 30;
const MOST_IMPRESSIONS = 40;

interface Lists {
  challenger: string[];
  champion: string[];
}

/** Requests: both rankers see the same items, agree on what fits, and differ about odd and even. */
export function requestsOf(random: RandomStream, requests: number): Lists[] {
  return Array.from({ length: requests }, () => {
    const fit = Array.from({ length: ITEMS }, () => random.normal());
    const order = (taste: number) =>
      fit
        .map((each, item) => ({ item, score: each + taste * (item % 2 === 1 ? 1 : -1) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, DEPTH)
        .map(({ item }) => String(item));
    return { challenger: order(0.5), champion: order(-0.5) };
  });
}

/** A unit's own rate of clicks and leaning; a few units come and click often, as people do. */
export function unitOf(random: RandomStream, { preference, habit }: InterleaveWorld) {
  const impressions = 1 + Math.floor(MOST_IMPRESSIONS * random.uniform() ** 5);
  return { impressions, rate: 0.4 * random.uniform() ** 2, leaning: preference + habit * random.normal() };
}

type Unit = ReturnType<typeof unitOf>;

/** Whether it clicks: less further down, more on what it leans to. */
function clicks(random: RandomStream, { rate, leaning }: Unit, item: string, position: number): boolean {
  const liked = Number(item) % 2 === 1 ? leaning : -leaning;
  return random.uniform() < rate * 0.85 ** position * Math.max(0, Math.min(4, 1 + liked));
}

/** All impressions of one unit, through the team draft of the SDK. */
export function interleavedUnit(
  random: RandomStream,
  world: InterleaveWorld,
  requests: Lists[],
  name: string,
): InterleavedUnit {
  const unit = unitOf(random, world);
  const seen: InterleavedUnit = {
    contested: [],
    plain: [],
    withDegraded: [],
    clicks: { variant: 0, against: 0 },
    firstPicks: { variant: 0, against: 0 },
    uneven: { more: 0, fewer: 0 },
  };
  for (let k = 0; k < unit.impressions; k++) {
    const { challenger, champion } = requests[random.below(requests.length)]!;
    const isDegraded = random.uniform() < world.failing(unit.rate);
    const lists = isDegraded ? [[], champion] : [challenger, champion];
    const places = draftTeams(lists, DEPTH, impressionDraws(name, `${name}-${k}`));
    let [plain, contested, items] = [0, 0, 0];
    places.forEach((place, position) => {
      const side = place.team === 0 ? 1 : -1;
      if (place.contested) items += side;
      if (position === 0 && place.contested) seen.firstPicks[side > 0 ? 'variant' : 'against']++;
      if (!clicks(random, unit, lists[place.team]![place.rank]!, position)) return;
      plain += side;
      if (place.contested) contested += side;
      if (!isDegraded) seen.clicks[side > 0 ? 'variant' : 'against']++;
    });
    seen.withDegraded.push(Math.sign(plain));
    if (isDegraded) continue;
    seen.plain.push(Math.sign(plain));
    seen.contested.push(Math.sign(contested));
    if (items !== 0) seen.uneven[items > 0 ? 'more' : 'fewer']++;
  }
  return seen;
}

/** Clicks of a unit that is shown one ranker's whole lists. */
export function clicksInAbTest(
  random: RandomStream,
  world: InterleaveWorld,
  requests: Lists[],
  arm: 'challenger' | 'champion',
): number {
  const unit = unitOf(random, world);
  let total = 0;
  for (let k = 0; k < unit.impressions; k++) {
    const list = requests[random.below(requests.length)]![arm];
    list.forEach((item, position) => {
      if (clicks(random, unit, item, position)) total++;
    });
  }
  return total;
}
