import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { noRows } from '../../server/ingest/copy-rows.ts';
import { readEnvelope } from '../../server/ingest/envelope.ts';
import type { PreparedBatch } from '../../server/ingest/event-copy.ts';
import { allRows, copyEvents, EVENT_TYPES, insertBatches } from '../../server/ingest/event-copy.ts';
import { addRow, sharedColumns } from '../../server/ingest/event-rows.ts';
import { type Fields, faultyField, isEventType } from '../../server/ingest/event-shape.ts';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { normalizeEvents } from '../../server/ingest/normalize.ts';
import { inTransaction } from '../../server/ingest/write-transaction.ts';
import { catalogue, EVENTS_PER_BATCH, newBatchId } from './sample-batches.ts';

const source = { get: () => Promise.resolve(catalogue), refresh: () => Promise.resolve(catalogue) };

async function prepare(events: readonly unknown[]): Promise<PreparedBatch> {
  const now = Date.now();
  const id = newBatchId();
  const { rows, rejected } = await normalizeEvents({ id, environmentId: 1, events }, source, receiptOf(now, now));
  return { id, environmentId: 1, rejected, rows, slotMinutes: noRows() };
}

/** The rows of the batches as ready text of tables `limit_exposure` and `limit_outcome`, made like the real ones. */
export async function readyTexts(
  pool: pg.Pool,
  batches: readonly unknown[][],
): Promise<{ sql: string; text: Buffer }[]> {
  const prepared = await Promise.all(batches.map(prepare));
  const texts: { sql: string; text: Buffer }[] = [];
  for (const type of ['exposure', 'outcome'] as const) {
    await pool.query(`create table limit_${type} (like ${type} including all)`);
    const text = await inTransaction(pool, async (client) => {
      const ranges = prepared.map(({ rows }) => allRows(rows[type]));
      await copyEvents(client, type, ranges, Date.now());
      const parts: Buffer[] = [];
      for await (const part of client.query(copyTo(`copy (select * from ${type}) to stdout`)))
        parts.push(part as Buffer);
      return Buffer.concat(parts);
    });
    texts.push({ sql: `copy limit_${type} from stdin`, text });
  }
  return texts;
}

/** Rows a second that one client COPYs from ready text. */
export async function measureCopy(
  pool: pg.Pool,
  texts: readonly { sql: string; text: Buffer }[],
  rows: number,
  ms: number,
): Promise<number> {
  const client = await pool.connect();
  const started = performance.now();
  let rounds = 0;
  while (performance.now() - started < ms) {
    for (const { sql, text } of texts) {
      const stream = client.query(copyFrom(sql));
      stream.end(text);
      await finished(stream);
    }
    rounds++;
  }
  const rate = ((rounds * rows) / (performance.now() - started)) * 1000;
  client.release();
  return rate;
}

/** Microseconds an event of wall time of each step, one after the other and without HTTP; groups of 16 batches a transaction. */
export async function stepCosts(pool: pg.Pool, batches: readonly unknown[][]): Promise<Record<string, number>> {
  const spent: Record<string, number> = {};
  const bodies = batches.map((events) => Buffer.from(JSON.stringify({ batch: newBatchId(), events })));
  const receipt = receiptOf(Date.now(), Date.now());
  const shared = sharedColumns(newBatchId(), 1);
  const rounds = 5;
  let events = 0;
  async function time(step: string, work: () => unknown): Promise<void> {
    const started = performance.now();
    await work();
    spent[step] = (spent[step] ?? 0) + performance.now() - started;
  }
  for (let round = 0; round < rounds; round++) {
    const parsed: (readonly unknown[])[] = [];
    await time('parse', () => {
      for (const body of bodies) parsed.push(readEnvelope(body, Date.now()).events);
    });
    const all = parsed.flat() as Fields[];
    await time('check', () => {
      for (const event of all)
        if (!isEventType(event.type) || faultyField(event.type, event)) throw new Error('unexpected');
    });
    await time('rows', () => {
      const rows = { exposure: noRows(), outcome: noRows(), impression: noRows(), comparison: noRows() };
      for (const event of all) {
        if (isEventType(event.type)) addRow(rows[event.type], event.type, event, shared, catalogue, receipt);
      }
    });
    for (let from = 0; from < parsed.length; from += 16) {
      const group = await Promise.all(parsed.slice(from, from + 16).map(prepare));
      const now = Date.now();
      let committing = 0;
      await inTransaction(pool, async (client) => {
        await time('batch rows', () => insertBatches(client, group, now));
        await time('COPY', async () => {
          for (const type of EVENT_TYPES) {
            const ranges = group.map(({ rows }) => allRows(rows[type]));
            await copyEvents(client, type, ranges, now);
          }
        });
        committing = performance.now();
      });
      spent.commit = (spent.commit ?? 0) + performance.now() - committing;
    }
    events += parsed.length * EVENTS_PER_BATCH;
  }
  return Object.fromEntries(Object.entries(spent).map(([step, ms]) => [step, (ms * 1000) / events]));
}
