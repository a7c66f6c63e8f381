import type { Pool, PoolClient } from 'pg';
import { keepPartitions } from '../db/partitions.ts';
import { AssayError, databaseAway, isDatabaseAway } from '../http/errors.ts';
import type { PreparedBatch } from './event-copy.ts';
import { type StoreResult, type StoreResults, storeApart, storeTogether } from './store-batches.ts';
import { inTransaction, isPartitionMissing, isRefusedValue } from './write-transaction.ts';

export interface BatchWriter {
  /** Resolves after commit. @throws AssayError when nothing was stored. */
  store(batch: PreparedBatch): Promise<StoreResult>;
}

interface Waiting {
  batch: PreparedBatch;
  events: number;
  resolve: (result: StoreResult) => void;
  reject: (error: unknown) => void;
}

/** Transactions at a time: while one waits for its commit, the rows of the next travel. */
const WRITERS = 2;
const MAX_GROUP = 64;
const MAX_GROUP_EVENTS = 32_000;

/**
 * Writes batches, those that wait together in one transaction. It never waits for a group to fill: under light load each
 * batch goes alone and at once, under heavy load groups form by themselves while the writers are busy.
 */
export function createBatchWriter({ pool, clock }: { pool: Pool; clock: () => number }): BatchWriter {
  const waiting: Waiting[] = [];
  let busy = 0;

  function pump(): void {
    while (busy < WRITERS && waiting.length > 0) {
      const group = takeGroup(waiting);
      busy++;
      void writeGroup(group).finally(() => {
        busy--;
        pump();
      });
    }
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      answer(group, await storeGroup(group.map(({ batch }) => batch)));
    } catch (error) {
      const cause = translated(error);
      for (const { reject } of group) reject(cause);
    }
  }

  async function storeGroup(batches: readonly PreparedBatch[]): Promise<StoreResults> {
    try {
      return await inItsDays((client) => storeTogether(client, batches, clock()));
    } catch (error) {
      if (!isRefusedValue(error)) throw error;
      const [batch] = batches;
      if (batches.length === 1 && batch) return inItsDays((client) => storeApart(client, batch, clock()));
    }
    // Something in one of them is refused: each on its own, so that it costs the others nothing.
    const results: StoreResults = new Map();
    for (const batch of batches) {
      const own = await storeGroup([batch]).catch((error: unknown) => new Map([[batch.id, translated(error)]]));
      for (const [id, result] of own) results.set(id, result);
    }
    return results;
  }

  /** Repeats what found no partition when that has been made: a clock that jumps must not stop the intake. */
  async function inItsDays<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await inTransaction(pool, work);
    } catch (error) {
      if (!isPartitionMissing(error)) throw error;
      await keepPartitions(pool, new Date(clock()));
      return inTransaction(pool, work);
    }
  }

  return {
    store: (batch) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, events: eventsOf(batch), resolve, reject });
        pump();
      }),
  };
}

/** Takes the batches that waited longest. Of two with one id the second stays for a later group, to be told a repeat. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  const group = new Map<string, Waiting>();
  const later: Waiting[] = [];
  let events = 0;
  for (const entry of waiting) {
    const fits = group.size < MAX_GROUP && (group.size === 0 || events + entry.events <= MAX_GROUP_EVENTS);
    if (fits && !group.has(entry.batch.id)) {
      group.set(entry.batch.id, entry);
      events += entry.events;
    } else later.push(entry);
  }
  waiting.splice(0, waiting.length, ...later);
  return [...group.values()];
}

function eventsOf({ rows }: PreparedBatch): number {
  return Object.values(rows).reduce((sum, { starts }) => sum + starts.length, 0);
}

function answer(group: readonly Waiting[], results: StoreResults): void {
  for (const { batch, resolve, reject } of group) {
    const result = results.get(batch.id);
    if (result === undefined) reject(new Error(`batch ${batch.id} got no result`));
    else if (result instanceof Error) reject(result);
    else resolve(result);
  }
}

function translated(error: unknown): AssayError {
  if (error instanceof AssayError) return error;
  if (isDatabaseAway(error)) return databaseAway(error);
  if (isPartitionMissing(error)) {
    const message = 'The partition of the day is missing. Nothing was stored; send the same batch again.';
    return new AssayError('internal', message, { retryAfterSeconds: 10, cause: error });
  }
  return new AssayError('internal', 'The batch could not be stored. Send the same batch again.', { cause: error });
}
