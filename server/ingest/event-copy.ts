import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Rejection } from '../contract/events-contract.ts';
import { type CopyRows, copyFile, setTime } from './copy-rows.ts';
import { COLUMNS, RECEIVED_AT, SHARED_COLUMNS } from './event-rows.ts';
import type { EventType } from './event-shape.ts';
import type { EventRows } from './normalize.ts';

/** All SQL of the intake: the batch rows, and COPY into the event tables. */

/** One checked batch, ready to be stored. */
export interface PreparedBatch {
  /** UUIDv7, lower case. */
  id: string;
  environmentId: number;
  rejected: Rejection[];
  rows: EventRows;
  /** Rows of slot_minute. */
  slotMinutes: CopyRows;
}

export const EVENT_TYPES = Object.keys(COLUMNS) as EventType[];

/**
 * Inserts the rows of batches that are new and returns their ids; the others were stored before. The ids go in sorted,
 * so that two servers that get the same batches cannot wait for each other.
 */
export async function insertBatches(
  client: PoolClient,
  batches: readonly PreparedBatch[],
  receivedAt: number,
): Promise<Set<string>> {
  const { rows } = await client.query<{ batch_id: string }>(
    `insert into batch (batch_id, environment_id, received_at, rejected)
     select id, environment_id, $4, rejected::jsonb
     from unnest($1::uuid[], $2::int[], $3::text[]) as told (id, environment_id, rejected)
     order by id
     on conflict do nothing
     returning batch_id`,
    [
      batches.map((batch) => batch.id),
      batches.map((batch) => batch.environmentId),
      batches.map((batch) => JSON.stringify(batch.rejected)),
      new Date(receivedAt),
    ],
  );
  return new Set(rows.map((row) => row.batch_id));
}

export interface StoredBatch {
  batch_id: string;
  environment_id: number;
  rejected: Rejection[];
}

export async function selectBatches(client: PoolClient, ids: readonly string[]): Promise<Map<string, StoredBatch>> {
  const { rows } = await client.query<StoredBatch>(
    'select batch_id, environment_id, rejected from batch where batch_id = any($1)',
    [ids],
  );
  return new Map(rows.map((row) => [row.batch_id, row]));
}

export async function updateRejected(client: PoolClient, id: string, rejected: readonly Rejection[]): Promise<void> {
  await client.query('update batch set rejected = $2 where batch_id = $1', [id, JSON.stringify(rejected)]);
}

/** Some rows of one table: from `from`, up to but without `to`. */
export interface RowRange {
  rows: CopyRows;
  from: number;
  to: number;
}

export function allRows(rows: CopyRows): RowRange {
  return { rows, from: 0, to: rows.starts.length };
}

/** COPYs rows of one type, of any number of batches at once. */
export async function copyEvents(
  client: PoolClient,
  type: EventType,
  ranges: readonly RowRange[],
  receivedAt: number,
): Promise<void> {
  for (const { rows, from, to } of ranges) {
    for (let i = from; i < to; i++) setTime(rows.bytes, (rows.starts[i] ?? 0) + RECEIVED_AT, receivedAt);
  }
  await copyRows(client, `${type} (${SHARED_COLUMNS}, ${COLUMNS[type]})`, ranges);
}

export async function copySlotMinutes(client: PoolClient, ranges: readonly RowRange[]): Promise<void> {
  await copyRows(client, 'slot_minute (environment_id, slot_id, minute, counters, ms)', ranges);
}

async function copyRows(client: PoolClient, table: string, ranges: readonly RowRange[]): Promise<void> {
  const some = ranges.filter(({ from, to }) => from < to);
  if (some.length === 0) return;
  const stream = client.query(copyFrom(`copy ${table} from stdin (format binary)`));
  // One chunk: when the server refuses a row, nothing more is waiting to be written into a connection that moved on.
  stream.end(copyFile(some));
  await finished(stream);
}
