import { idProblem, unitProblem } from './event-limits.ts';
import type { ImpressionEvent } from './events.ts';
import { describe } from './problems.ts';
import { dropEvent, type Recorder } from './recorder.ts';
import { draftTeams, impressionDraws } from './team-draft.ts';
import { quote } from './utf8.ts';

interface Mixing<T> {
  id: (item: T) => string | number;
  depth: number;
  impression: string;
}

/** What was shown, or why the lists cannot be mixed. */
type Mixed<T> = { items: T[]; places: ImpressionEvent['items'] } | { problem: string };

/** One list of several by team draft; an item that a list repeats counts where it comes first. */
export function mixLists<T>(
  lists: readonly { team: string; items: readonly T[] }[],
  { id, depth, impression }: Mixing<T>,
  unit: string,
): Mixed<T> {
  try {
    const distinct = lists.map(({ items }) => firstDistinct(items, id, depth));
    if (!distinct.every((list) => list !== null)) return { problem: 'id(item) gives neither a string nor a number' };
    const ids = distinct.map((list) => [...list.keys()]);
    const drafted = draftTeams(ids, depth, impressionDraws(unit, impression));
    const places = drafted.map(({ team, rank, contested }) => ({
      id: ids[team]![rank]!,
      team: lists[team]!.team,
      contested,
    }));
    const problem = places.map((place) => idProblem('the id of an item', place.id)).find((each) => each !== null);
    if (problem) return { problem };
    return { items: drafted.map(({ team }, i) => distinct[team]!.get(places[i]!.id)!), places };
  } catch (cause) {
    return { problem: `id(item) fails, or an item cannot be read (${describe(cause)})` };
  }
}

/** By id, as many as a team may need: what is shown. */
function firstDistinct<T>(items: readonly T[], id: Mixing<T>['id'], depth: number): Map<string, T> | null {
  const distinct = new Map<string, T>();
  for (const item of items) {
    const own: unknown = id(item);
    if (typeof own !== 'string' && typeof own !== 'number') return null;
    if (!distinct.has(String(own))) distinct.set(String(own), item);
    if (distinct.size === depth) break;
  }
  return distinct;
}

type NewImpression = Omit<ImpressionEvent, 'type' | 'at' | 'degraded'> & {
  degraded: ImpressionEvent['degraded'] | null;
};

/** Never de-duplicated: the server keeps the first of an id. */
export function recordImpression(recorder: Recorder, impression: NewImpression): void {
  const { unit, slot, phase, step, ruleset, items, depth, degraded } = impression;
  const problem = unitProblem(unit);
  if (problem) {
    dropEvent(recorder, 'impression_out_of_limits', `An impression was dropped: ${problem}.`);
    return;
  }
  if (recorder.offline) return;
  const places = items.map(
    ({ id, team, contested }) => `{"id":${quote(id)},"team":${quote(team)},"contested":${contested}}`,
  );
  const event =
    `{"type":"impression","unit":${quote(unit)},"slot":${quote(slot)},"phase":${phase},"step":${step},` +
    `"impression":${quote(impression.impression)},"at":${Math.round(recorder.now())},"ruleset":${ruleset},` +
    `"depth":${depth},"items":[${places.join(',')}]` +
    `${degraded ? `,"degraded":{"cause":"${degraded.cause}","variant":${quote(degraded.variant)}}` : ''}}`;
  if (recorder.batcher.add(event)) recorder.tally.impressions++;
}
