import type { ModelCall } from './call.ts';
import type { ClientState } from './client-state.ts';
import { decideWatched } from './decide.ts';
import type { Context, Decision } from './decision.ts';
import { idProblem } from './event-limits.ts';
import { interleave } from './interleave-call.ts';
import { type RunOptions, readCallSettings, readContext, runDecided } from './run.ts';

export interface RankOptions<T, Payload = unknown> extends RunOptions<T[], Payload> {
  /** The id of an item, 1-64 bytes: by it lists are mixed and outcomes name items. A number is written as a string. */
  id: (item: T) => string | number;
  /** How many items are shown: longer lists are cut. Default: all; in an interleave phase what the phase drafts. */
  depth?: number | undefined;
  /** Id of this impression, 1-64 bytes, unique for the unit. Default: a fresh one. */
  impression?: string | undefined;
}

export interface RankResult<T, Payload = unknown> {
  items: T[];
  /** Name it in outcomes on items: `outcome('click', { unit, item, impression })`. */
  impression: string;
  /** In an interleave phase that of the champion, to whom no single list belongs. */
  decision: Decision<Payload>;
}

/** The server takes no longer lists. */
const MOST_ITEMS = 1000;

/**
 * Like `run`, for an ordered list of items. In an interleave phase every variant is called, and what comes back is a
 * mixture of their lists by team draft. Throws only what the service's function throws: there for the champion, and only
 * where all variants failed.
 */
export async function rankCall<T>(
  state: ClientState,
  key: string,
  context: Context,
  call: ModelCall<T[]>,
  options: RankOptions<T> | undefined,
): Promise<RankResult<T>> {
  const own = readContext(context);
  const plain = state.sticky === null || own === null ? own : await state.sticky.recall(key, own);
  const { id, depth, impression } = readRankOptions(state, options);
  const decided = decideWatched(state, key, plain as Context, options, 'call');
  const { decision, assignment } = decided;
  const experiment = assignment?.beside?.experiment;
  if (plain === null || experiment?.mode !== 'interleave') {
    const { value } = await runDecided(state, key, plain, decided, call, options, (items) =>
      items.map((item) => String(id(item))),
    );
    return { items: firstItems(value, depth), impression, decision };
  }
  const slot = state.ruleset?.slots.get(key);
  const settings = readCallSettings(options, slot?.timeoutMs, slot?.fallback);
  const shown = depth ?? experiment.depth;
  const round = { slot: key, unit: plain.unit, decision, experiment, call, settings, id, depth: shown, impression };
  return { items: firstItems(await interleave(state, round), shown), impression, decision };
}

interface RankSettings<T> {
  /** Of a caller without types it may be no function; it then fails where an item is read. */
  id: RankOptions<T>['id'];
  depth: number | null;
  impression: string;
}

function readRankOptions<T>(state: ClientState, options: RankOptions<T> | undefined): RankSettings<T> {
  const fresh = state.nextId();
  try {
    const { id, depth, impression } = options ?? ({} as RankOptions<T>);
    const problem = idProblem('impression', impression);
    if (problem !== null) {
      const message = `An impression got another id: ${problem}. Pass 1-64 bytes, or leave it out.`;
      state.problems.report({ code: 'impression_out_of_limits', message }, problem);
    }
    return {
      id,
      depth: typeof depth === 'number' && depth >= 1 ? Math.min(MOST_ITEMS, Math.floor(depth)) : null,
      impression: problem === null ? (impression ?? fresh) : fresh,
    };
  } catch {
    return { id: undefined as never, depth: null, impression: fresh };
  }
}

/** The service's list, cut to what is shown; whatever it gave instead of a list comes back as it is. */
function firstItems<T>(items: T[], depth: number | null): T[] {
  try {
    return depth !== null && Array.isArray(items) && items.length > depth ? items.slice(0, depth) : items;
  } catch {
    return items;
  }
}
