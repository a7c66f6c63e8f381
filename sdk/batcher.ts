import type { OpenDisk } from './disk.ts';
import { MAX_DELAY_MS, type Pause, pause } from './pause.ts';
import type { ProblemLog } from './problems.ts';
import { type SealedBatch, sealBatch } from './sealed-batch.ts';
import type { SlotMeter } from './slot-meter.ts';
import { isHalfFull, keepRest, type Spillable, spill, unspill } from './spill.ts';
import { countDropped, increase, type Tally } from './tally.ts';
import { type Delivery, unrefTimer } from './transport.ts';

const BACKOFF_BASE_MS = 250;
const MAX_BACKOFF_MS = 60_000;
const UNAUTHORIZED_WAIT_MS = 60_000;

export interface BatcherOptions {
  /** One attempt with a sealed batch; must not reject. */
  post: (body: string) => Promise<Delivery>;
  meter: SlotMeter;
  tally: Tally;
  problems: ProblemLog;
  now: () => number;
  random: () => number;
  flushEveryMs: number;
  maxBatchEvents: number;
  maxBatchBytes: number;
  maxQueueEvents: number;
  maxQueueBytes: number;
}

/** A bounded queue of serialised events that leaves in sealed batches, one in flight, oldest first, until acknowledged. */
export interface Batcher {
  /** False: the queue is full or closed, the event was dropped and counted. */
  add(json: string): boolean;
  /** Makes sure that what the meter holds leaves once its minute is over. */
  wake(): void;
  queued(): number;
  /** What waits in vain is kept on this disk from now on, and what is found there is sent. */
  useDisk(disk: OpenDisk): void;
  /** Resolves true when all that is queued now was acknowledged, false when some was dropped or time is out. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Flushes, then stops: what is left goes to the disk or is dropped; what comes later is dropped. */
  close(timeoutMs: number): Promise<boolean>;
}

interface Waiter {
  target: number;
  lostBefore: number;
  resolve: (delivered: boolean) => void;
}

interface State extends BatcherOptions, Spillable {
  /** Everything that ever entered, and everything acknowledged or dropped: events, and one for awaited statistics. */
  added: number;
  /** All that entered up to here leaves without waiting for a full batch. */
  dueUpTo: number;
  awaitedStats: 'none' | 'over' | 'all';
  waiters: Set<Waiter>;
  timer: ReturnType<typeof setTimeout> | null;
  sending: boolean;
  /** The wait before the next attempt. */
  backoff: Pause | null;
}

export function createBatcher(options: BatcherOptions): Batcher {
  const state: State = {
    ...options,
    disk: null,
    queue: [],
    queueBytes: 0,
    sealed: [],
    current: null,
    held: 0,
    failing: false,
    spilling: null,
    added: 0,
    settled: 0,
    lost: 0,
    dueUpTo: 0,
    awaitedStats: 'none',
    waiters: new Set(),
    timer: null,
    sending: false,
    backoff: null,
    closed: false,
  };
  return {
    add: (json) => add(state, json),
    wake: () => wake(state, state.flushEveryMs),
    queued: () => queued(state),
    useDisk: (disk) => useDisk(state, disk),
    flush: (timeoutMs) => flush(state, timeoutMs),
    close: (timeoutMs) => close(state, timeoutMs),
  };
}

const queued = (state: State) => state.queue.length + state.held;

function add(state: State, json: string): boolean {
  if (state.closed || queued(state) >= state.maxQueueEvents || state.queueBytes + json.length > state.maxQueueBytes) {
    drop(state, state.closed ? 'closed' : 'queue_full');
    return false;
  }
  state.queue.push(json);
  state.queueBytes += json.length;
  state.added++;
  if (state.queue.length === state.maxBatchEvents && !state.sending) {
    // A full batch leaves at once, but never on the time of the request that completed it.
    if (state.timer !== null) clearTimeout(state.timer);
    state.timer = null;
    wake(state, 0);
  } else if (state.timer === null) wake(state, state.flushEveryMs);
  return true;
}

function drop(state: State, cause: 'closed' | 'queue_full'): void {
  countDropped(state.tally, cause);
  const message = {
    closed: 'An event came after close() and was dropped: close the client last.',
    queue_full: `${queued(state)} events wait for the server, newer ones are dropped: is it reachable and fast enough?`,
  }[cause];
  state.problems.report({ code: cause, message });
}

function wake(state: State, delayMs: number): void {
  if (state.timer !== null || state.closed) return;
  state.timer = unrefTimer(setTimeout(() => tick(state), Math.min(delayMs, MAX_DELAY_MS)));
}

function tick(state: State): void {
  state.timer = null;
  state.dueUpTo = state.added;
  if (state.meter.waiting('over')) awaitStats(state, 'over');
  if (state.failing || isHalfFull(state)) void spill(state, () => sealWaiting(state));
  void pump(state);
  if (state.meter.waiting('all')) wake(state, state.flushEveryMs);
}

function awaitStats(state: State, which: 'over' | 'all'): void {
  if (state.awaitedStats === 'none') state.added++;
  if (state.awaitedStats !== 'all') state.awaitedStats = which;
  state.dueUpTo = state.added;
}

function useDisk(state: State, disk: OpenDisk): void {
  state.disk = disk;
  disk.adopt((events) => {
    if (state.closed) return;
    state.added += events;
    state.dueUpTo = state.added;
    void pump(state);
  });
}

/** Sends batch after batch while something is due. Only one runs at a time. */
async function pump(state: State): Promise<void> {
  if (state.sending) return;
  state.sending = true;
  let attempts = 0;
  while (hasDue(state)) {
    if (state.current === null && state.disk) await takeNext(state, state.disk);
    else state.current ??= sealNext(state);
    if (state.current === null) continue;
    const delivery = await state.post(state.current.body);
    // Closing dropped the batch while it was under way.
    if (state.current === null) break;
    const waitMs = settle(state, state.current, delivery, attempts++);
    state.failing = waitMs !== null;
    if (waitMs === null) {
      attempts = 0;
      continue;
    }
    void spill(state, () => sealWaiting(state));
    state.backoff = pause(waitMs);
    await state.backoff.over;
    state.backoff = null;
  }
  state.sending = false;
}

const hasDue = (state: State) =>
  !state.closed &&
  (state.current !== null || state.settled < state.dueUpTo || state.queue.length >= state.maxBatchEvents);

/** What the disk has is older than what is in memory. */
async function takeNext(state: State, disk: OpenDisk): Promise<void> {
  await state.spilling;
  if (state.closed) return;
  if (!disk.hasNext()) state.current = state.sealed.shift() ?? sealNext(state);
  else await unspill(state, disk);
  tellWaiters(state);
}

/** What is to be kept on disk next; null: nothing waits. */
function sealWaiting(state: State): SealedBatch | null {
  const isEmpty = state.queue.length === 0 && !(state.closed && state.awaitedStats !== 'none');
  return isEmpty ? null : sealNext(state);
}

function sealNext(state: State): SealedBatch {
  const { awaitedStats } = state;
  state.awaitedStats = 'none';
  const batch = sealBatch(state, awaitedStats === 'all' ? 'all' : 'over');
  if (awaitedStats !== 'none') batch.weight++;
  state.held += batch.events;
  return batch;
}

/** Returns the time to wait before the same batch is sent again, or null when it is settled. */
function settle(state: State, batch: SealedBatch, delivery: Delivery, attempts: number): number | null {
  const { tally, problems } = state;
  if (delivery.kind === 'repeat' || delivery.kind === 'unauthorized') {
    problems.report({ code: delivery.code, message: `Events wait: ${delivery.message}` });
    if (delivery.kind === 'unauthorized') return UNAUTHORIZED_WAIT_MS;
    const jitter = state.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempts, 20));
    return Math.max(delivery.retryAfterMs ?? 0, jitter);
  }
  if (delivery.kind === 'drop') {
    countDropped(tally, delivery.code, batch.events);
    // The batch that was to report these losses is lost itself.
    for (const [cause, count] of batch.dropped) increase(tally.unreported, cause, count);
    state.lost += batch.events;
    problems.report({ code: delivery.code, message: `A batch of ${batch.events} was dropped: ${delivery.message}` });
  } else {
    // Each event once, whatever the answer says.
    const rejected = new Map(delivery.answer.rejected.map((entry) => [entry.index, entry]));
    let lost = 0;
    for (const { index, code, message } of rejected.values()) {
      if (!Number.isInteger(index) || index < 0 || index >= batch.events) continue;
      lost++;
      countDropped(tally, code);
      problems.report({ code, message: `The server rejected an event: ${message}` });
    }
    tally.sent += batch.events - lost;
  }
  if (batch.kept) state.disk?.remove(batch.id);
  state.current = null;
  state.held -= batch.events;
  state.settled += batch.weight;
  tellWaiters(state);
  return null;
}

function tellWaiters(state: State): void {
  for (const waiter of state.waiters) {
    if (state.settled < waiter.target) continue;
    state.waiters.delete(waiter);
    waiter.resolve(state.lost === waiter.lostBefore);
  }
}

async function flush(state: State, timeoutMs: number): Promise<boolean> {
  if (state.closed) return queued(state) === 0;
  if (state.meter.waiting('all')) awaitStats(state, 'all');
  state.dueUpTo = state.added;
  const target = state.added;
  if (state.settled >= target) return true;
  // The caller waits for this: the timer must keep the process alive.
  const deadline = pause(timeoutMs, { keepAlive: true });
  const delivered = new Promise<boolean>((resolve) => {
    const waiter = { target, lostBefore: state.lost, resolve };
    state.waiters.add(waiter);
    void deadline.over.then(() => {
      state.waiters.delete(waiter);
      resolve(false);
    });
  });
  void pump(state);
  const result = await delivered;
  deadline.end();
  return result;
}

async function close(state: State, timeoutMs: number): Promise<boolean> {
  if (state.closed) return queued(state) === 0;
  const flushed = flush(state, timeoutMs);
  // The last chance does not wait out a back-off.
  state.backoff?.end();
  const delivered = await flushed;
  state.closed = true;
  if (state.timer !== null) clearTimeout(state.timer);
  if (state.disk !== null) await keepRest(state, () => sealWaiting(state));
  const left = queued(state) - (state.current?.kept ? state.current.events : 0);
  if (left > 0) {
    countDropped(state.tally, 'closed', left);
    state.problems.report({
      code: 'closed',
      message: `${left} events were not delivered before close() ran out of time.`,
    });
  }
  state.queue = [];
  state.queueBytes = 0;
  state.sealed = [];
  state.current = null;
  state.held = 0;
  state.settled = state.dueUpTo = state.added;
  state.backoff?.end();
  for (const waiter of state.waiters) waiter.resolve(false);
  return delivered;
}
