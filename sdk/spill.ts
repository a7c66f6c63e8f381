import type { OpenDisk } from './disk.ts';
import { within } from './pause.ts';
import type { ProblemLog } from './problems.ts';
import type { SealedBatch } from './sealed-batch.ts';
import { countDropped, type Tally } from './tally.ts';

/** Longest wait for the disk to open or close. */
export const DISK_TIMEOUT_MS = 2000;
/** For a full queue to be written; 100,000 events took 0.8 s on two busy cores. */
const KEEP_REST_MS = 5000;

/** What the batcher has in memory, as far as the disk is concerned. */
export interface Spillable {
  disk: OpenDisk | null;
  tally: Tally;
  problems: ProblemLog;
  maxQueueEvents: number;
  maxQueueBytes: number;
  queue: string[];
  /** Characters of JSON in the queue. */
  queueBytes: number;
  /** Sealed for the disk, which did not take them; they leave before the queue. */
  sealed: SealedBatch[];
  /** Under way, and not yet settled. */
  current: SealedBatch | null;
  /** Events in sealed batches in memory. */
  held: number;
  settled: number;
  /** Events that can no longer be delivered. */
  lost: number;
  /** The last attempt was in vain. */
  failing: boolean;
  /** Under way. */
  spilling: Promise<void> | null;
  closed: boolean;
}

export const isHalfFull = ({ queue, queueBytes, maxQueueEvents, maxQueueBytes }: Spillable): boolean =>
  queue.length > maxQueueEvents / 2 || queueBytes > maxQueueBytes / 2;

/**
 * Moves what waits to the disk, batch by batch: all of it while delivery fails, else what is over half of the queue.
 * The batch under way is kept too, for a process may be killed at any time.
 */
export function spill(state: Spillable, seal: () => SealedBatch | null): Promise<void> {
  state.spilling ??= spillAll(state, seal).finally(() => {
    state.spilling = null;
  });
  return state.spilling;
}

async function spillAll(state: Spillable, seal: () => SealedBatch | null): Promise<void> {
  const { disk, current } = state;
  if (disk === null) return;
  if (state.failing && current && !current.kept) {
    current.kept = await disk.keep(current, true);
    if (current.kept && state.current !== current && !state.closed) disk.remove(current.id);
  }
  while (state.failing || isHalfFull(state)) {
    const batch = state.sealed.shift() ?? seal();
    if (batch === null) return;
    if (!(await disk.keep(batch, false))) {
      state.sealed.unshift(batch);
      return;
    }
    state.held -= batch.events;
    // Statistics that somebody waits for are as good as settled.
    state.settled += batch.weight - batch.events;
  }
}

/** At the end everything goes to the disk; one that hangs must not keep the process from ending. */
export async function keepRest(state: Spillable, seal: () => SealedBatch | null): Promise<void> {
  const keepAll = async () => {
    await state.spilling;
    state.failing = true;
    await spill(state, seal);
  };
  await within(KEEP_REST_MS, keepAll(), undefined);
}

/** Takes the oldest batch on the disk in hand, if it can still be had. */
export async function unspill(state: Spillable, disk: OpenDisk): Promise<void> {
  const kept = await disk.next();
  if (kept === null || state.closed) return;
  const { id, events, body } = kept;
  if (body !== null) {
    state.held += events;
    state.current = { id, body, events, weight: events, dropped: new Map(), kept: true };
    return;
  }
  state.settled += events;
  if (kept.problem === null) return;
  countDropped(state.tally, kept.problem.code, events);
  state.lost += events;
  state.problems.report(kept.problem);
}
