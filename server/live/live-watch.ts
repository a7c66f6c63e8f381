import type { LiveChange } from '../contract/live-contract.ts';
import type { Services } from '../services.ts';
import { changeBetween } from './live-change.ts';
import { type LiveState, readLiveState } from './read-live-state.ts';

/** How often the database is asked while anyone watches. */
const POLL_MS = 1000;

export interface LiveWatch {
  /** Resolves when what happens from now on will be told. */
  begin(): Promise<void>;
  stop(): void;
}

/** Asks the database for what changed, once a second while `isWatched`, never else. */
export function liveWatch(
  { pool, log, now }: Pick<Services, 'pool' | 'log' | 'now'>,
  { isWatched, tell }: { isWatched(): boolean; tell(environmentId: number, change: LiveChange): void },
): LiveWatch {
  let known: Map<number, LiveState> | null = null;
  let reading: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;
  let stopped = false;

  async function read(): Promise<void> {
    const states = await readLiveState(pool, now());
    for (const [environmentId, state] of states) {
      const before = known?.get(environmentId);
      const change = before && changeBetween(before, state);
      if (change) tell(environmentId, change);
    }
    known = states;
  }

  async function poll(): Promise<void> {
    timer = undefined;
    if (!isWatched()) {
      known = null;
      return;
    }
    try {
      await read();
      failing = false;
    } catch (error) {
      // That the database is away is said by others; what changed meanwhile is told when it is back.
      if (!failing) log.debug({ err: error }, 'live: the database does not answer');
      failing = true;
    }
    schedule();
  }

  function schedule(): void {
    if (!stopped) timer ??= setTimeout(poll, POLL_MS);
  }

  return {
    async begin() {
      if (known) return;
      reading ??= read().finally(() => {
        reading = null;
      });
      await reading;
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
