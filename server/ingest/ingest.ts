import type { Pool } from 'pg';
import type { BatchAnswer } from '../contract/events-contract.ts';
import { AssayError, databaseAway, isDatabaseAway } from '../http/errors.ts';
import type { EventCatalogueSource } from '../ruleset/event-catalogue.ts';
import { createBatchWriter } from './batch-writer.ts';
import { noRows, recycle } from './copy-rows.ts';
import { readEnvelope } from './envelope.ts';
import type { PreparedBatch } from './event-copy.ts';
import { receiptOf } from './event-time.ts';
import { ackSeconds, type BatchTally, batchesTotal, bodyBytesTotal, countBatch, tallyOf } from './ingest-metrics.ts';
import { normalizeEvents } from './normalize.ts';
import { slotMinuteRows } from './slot-minutes.ts';
import { steadyClock } from './steady-clock.ts';

export interface Ingest {
  /**
   * Checks and stores one batch; resolves after commit.
   * @param body JSON bytes, or the parsed batch
   * @param sentAt the client's clock when it sent this attempt, ms since 1970; null when unknown
   * @throws AssayError when nothing was stored; its code says whether to repeat
   */
  accept(environmentId: number, body: unknown, sentAt: number | null): Promise<BatchAnswer>;
  /** Refuses new batches from now on and resolves when those under way are answered. */
  drain(): Promise<void>;
}

export interface IngestOptions {
  /** Of it, at most two connections at a time are used. */
  pool: Pool;
  catalogue: EventCatalogueSource;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Called after new events of the environment were committed. */
  onCommitted?: (environmentId: number) => void;
}

export function createIngest({ pool, catalogue, now, onCommitted }: IngestOptions): Ingest {
  const clock = steadyClock(now);
  const writer = createBatchWriter({ pool, clock });
  const underWay = new Set<Promise<unknown>>();
  const nextTurn = eventLoopTurns();
  let stopping = false;

  async function store(environmentId: number, body: unknown, sentAt: number | null): Promise<BatchAnswer> {
    await nextTurn();
    const { batch, tally } = await prepare(environmentId, body, sentAt);
    const { repeat, rejected } = await writer.store(batch).finally(() => {
      for (const rows of [...Object.values(batch.rows), batch.slotMinutes]) recycle(rows);
    });
    countBatch(tally, batch.rejected, rejected, repeat);
    if (!repeat) onCommitted?.(environmentId);
    const accepted = tally.events - rejected.length;
    return repeat ? { accepted, repeat, rejected } : { accepted, rejected };
  }

  /** The parsed events are not kept beyond this: while batches wait for their commit, only their rows do. */
  async function prepare(environmentId: number, body: unknown, sentAt: number | null) {
    const arrivedAt = clock();
    const { id, events, slots, dropped } = readEnvelope(body, arrivedAt);
    const receipt = receiptOf(arrivedAt, sentAt);
    const { rows, rejected } = await normalizeEvents({ id, environmentId, events }, catalogue, receipt);
    const minutes = slots.length === 0 ? null : slotMinuteRows(slots, await catalogue.get(environmentId), receipt);
    const slotMinutes = minutes?.rows ?? noRows();
    const batch: PreparedBatch = { id, environmentId, rejected, rows, slotMinutes };
    const tally: BatchTally = {
      events: events.length,
      byType: tallyOf(events, rows, rejected),
      slotMinutes: { stored: slotMinutes.starts.length, skipped: minutes?.skipped ?? 0 },
      dropped,
    };
    return { batch, tally };
  }

  async function accept(environmentId: number, body: unknown, sentAt: number | null): Promise<BatchAnswer> {
    if (stopping) {
      throw new AssayError('stopping', 'This server is stopping. Send the same batch again.', { retryAfterSeconds: 1 });
    }
    const stopTimer = ackSeconds.startTimer();
    const work = store(environmentId, body, sentAt);
    underWay.add(work);
    try {
      const answer = await work;
      stopTimer();
      return answer;
    } catch (error) {
      const told = isDatabaseAway(error) ? databaseAway(error) : error;
      batchesTotal.inc({ result: told instanceof AssayError ? told.code : 'internal' });
      throw told;
    } finally {
      underWay.delete(work);
      if (body instanceof Uint8Array) bodyBytesTotal.inc(body.byteLength);
    }
  }

  async function drain(): Promise<void> {
    stopping = true;
    await Promise.allSettled(underWay);
  }

  return { accept, drain };
}

/**
 * One turn of the event loop each, in order: when many bodies are complete at once, other requests, such as those for
 * the ruleset, get in between.
 */
function eventLoopTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}
