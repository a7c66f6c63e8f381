import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Rejection } from '../contract/events-contract.ts';
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
  /** Rows of slot_minute as COPY text. */
  slotMinutes: string[];
}

/** Columns after `received_at, batch_id, environment_id`, which all rows of a batch share, and `unit_id, at`. */
const COLUMNS: Record<EventType, string> = {
  exposure: 'phase_id, step, variant_id, band, decision_id, propensity, ruleset, source, call, bucket, segment',
  outcome: 'name, value, decision_id, impression_id, item_id, properties',
  impression: 'phase_id, step, impression_id, ruleset, depth, items, degraded',
  comparison: 'phase_id, decision_id, champion, candidate, reference, measures, measures_reference, example, segment',
};
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

/** COPYs the rows of one type of all given batches at once. */
export async function copyEvents(
  client: PoolClient,
  type: EventType,
  batches: readonly { id: string; environmentId: number; lines: readonly string[] }[],
  receivedAt: number,
): Promise<void> {
  const received = new Date(receivedAt).toISOString();
  let text = '';
  for (const { id, environmentId, lines } of batches) {
    if (lines.length === 0) continue;
    const prefix = `${received}\t${id}\t${environmentId}\t`;
    text += `${prefix}${lines.join(`\n${prefix}`)}\n`;
  }
  if (text === '') return;
  await copyText(
    client,
    `copy ${type} (received_at, batch_id, environment_id, unit_id, at, ${COLUMNS[type]}) from stdin`,
    text,
  );
}

export async function copySlotMinutes(client: PoolClient, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await copyText(
    client,
    'copy slot_minute (environment_id, slot_id, minute, counters, ms) from stdin',
    `${lines.join('\n')}\n`,
  );
}

async function copyText(client: PoolClient, statement: string, text: string): Promise<void> {
  const stream = client.query(copyFrom(statement));
  // One chunk: when the server refuses a row, nothing more is waiting to be written into a connection that moved on.
  stream.end(Buffer.from(text));
  await finished(stream);
}
