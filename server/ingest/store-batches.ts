import type { PoolClient } from 'pg';
import type { Rejection } from '../contract/events-contract.ts';
import { AssayError } from '../http/errors.ts';
import { wellFormed } from './copy-rows.ts';
import {
  allRows,
  copyEvents,
  copySlotMinutes,
  EVENT_TYPES,
  insertBatches,
  type PreparedBatch,
  selectBatches,
  updateRejected,
} from './event-copy.ts';
import type { EventType } from './event-shape.ts';
import { inSavepoint, isRefusedValue } from './write-transaction.ts';

export interface StoreResult {
  /** True: the batch was stored before, and `rejected` is what was answered then. */
  repeat: boolean;
  rejected: Rejection[];
}

/** By batch id; an error where only this one batch is at fault. */
export type StoreResults = Map<string, StoreResult | AssayError>;

/** Stores what is new of a group of different batches, all with one `receivedAt`. Runs inside a transaction. */
export async function storeTogether(
  client: PoolClient,
  batches: readonly PreparedBatch[],
  receivedAt: number,
): Promise<StoreResults> {
  const fresh = await insertBatches(client, batches, receivedAt);
  const stored = batches.filter((batch) => fresh.has(batch.id));
  for (const type of EVENT_TYPES) {
    const ranges = stored.map(({ rows }) => allRows(rows[type]));
    await copyEvents(client, type, ranges, receivedAt);
  }
  await copySlotMinutes(
    client,
    stored.map((batch) => allRows(batch.slotMinutes)),
  );
  const results: StoreResults = new Map(stored.map(({ id, rejected }) => [id, { repeat: false, rejected }]));
  const before = batches.filter((batch) => !fresh.has(batch.id));
  if (before.length > 0) await addRepeats(client, before, results);
  return results;
}

async function addRepeats(client: PoolClient, batches: readonly PreparedBatch[], results: StoreResults): Promise<void> {
  const known = await selectBatches(
    client,
    batches.map((batch) => batch.id),
  );
  for (const { id, environmentId } of batches) {
    const earlier = known.get(id);
    const isOurs = earlier?.environment_id === environmentId;
    results.set(id, isOurs ? { repeat: true, rejected: earlier.rejected } : foreignBatch());
  }
}

function foreignBatch(): AssayError {
  const message = 'This batch id was used in another environment. Make a new UUIDv7 for every batch.';
  return new AssayError('malformed_batch', message, { details: [{ path: 'batch', message }] });
}

/**
 * Stores one batch of which the database refuses something: halves the rows until each refused event stands alone, names
 * those in `rejected` and keeps the others. Runs inside a transaction.
 */
export async function storeApart(client: PoolClient, batch: PreparedBatch, receivedAt: number): Promise<StoreResults> {
  const results: StoreResults = new Map();
  const fresh = await insertBatches(client, [batch], receivedAt);
  if (!fresh.has(batch.id)) {
    await addRepeats(client, [batch], results);
    return results;
  }
  const refused: Rejection[] = [];
  for (const type of EVENT_TYPES) {
    await copyGood(client, batch, type, 0, batch.rows[type].starts.length, receivedAt, refused);
  }
  await inSavepoint(client, () => copySlotMinutes(client, [allRows(batch.slotMinutes)])).catch(unlessRefused);
  const rejected = [...batch.rejected, ...refused].sort((a, b) => a.index - b.index);
  if (refused.length > 0) await updateRejected(client, batch.id, rejected);
  results.set(batch.id, { repeat: false, rejected });
  return results;
}

/** COPYs rows `from` to `to`, halving where something is refused; a few COPYs for each refused row. */
async function copyGood(
  client: PoolClient,
  batch: PreparedBatch,
  type: EventType,
  from: number,
  to: number,
  receivedAt: number,
  refused: Rejection[],
): Promise<void> {
  if (from === to) return;
  const rows = batch.rows[type];
  const error = await inSavepoint(client, () => copyEvents(client, type, [{ rows, from, to }], receivedAt)).then(
    () => undefined,
    unlessRefused,
  );
  if (error === undefined) return;
  if (to - from === 1) {
    refused.push({ index: rows.places[from] ?? -1, code: 'refused_by_database', message: refusedMessage(type, error) });
    return;
  }
  const middle = (from + to) >> 1;
  await copyGood(client, batch, type, from, middle, receivedAt, refused);
  await copyGood(client, batch, type, middle, to, receivedAt, refused);
}

function unlessRefused(error: unknown): Error {
  if (error instanceof Error && isRefusedValue(error)) return error;
  throw error;
}

function refusedMessage(type: EventType, error: Error): string {
  return `The database refused this ${type}: ${wellFormed(error.message.slice(0, 200))}. Leave the event out or correct it.`;
}
