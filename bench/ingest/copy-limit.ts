import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { readEnvelope } from '../../server/ingest/envelope.ts';
import type { PreparedBatch } from '../../server/ingest/event-copy.ts';
import { copyEvents, EVENT_TYPES, insertBatches } from '../../server/ingest/event-copy.ts';
import { rowOf } from '../../server/ingest/event-rows.ts';
import { type Fields, faultyField, isEventType } from '../../server/ingest/event-shape.ts';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { normalizeEvents } from '../../server/ingest/normalize.ts';
import { inTransaction } from '../../server/ingest/write-transaction.ts';
import { catalogue, EVENTS_PER_BATCH, newBatchId } from './sample-batches.ts';

const source = { get: () => Promise.resolve(catalogue), refresh: () => Promise.resolve(catalogue) };

async function prepare(events: readonly unknown[]): Promise<PreparedBatch> {
  const now = Date.now();
  const { rows, rejected } = await normalizeEvents(events, 1, source, receiptOf(now, now));
  return { id: newBatchId(), environmentId: 1, rejected, rows, slotMinutes: [] };
}

/** The rows of the batches as ready text of tables `limit_exposure` and `limit_outcome`, made like the real ones. */
export async function readyTexts(
  pool: pg.Pool,
  batches: readonly unknown[][],
): Promise<{ sql: string; text: Buffer }[]> {
  const prepared = await Promise.all(batches.map(prepare));
  const texts: { sql: string; text: Buffer }[] = [];
  for (const table of ['exposure', 'outcome'] as const) {
    await pool.query(`create table limit_${table} (like ${table} including all)`);
    const { rows } = await pool.query<{ names: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute
       where attrelid = $1::regclass and attnum > 0`,
      [table],
    );
    // The columns of the batch stand third and fourth in the table, and first in the intake's own text.
    const received = new Date().toISOString();
    const lines = prepared.flatMap(({ id, rows: all }) =>
      all[table].lines.map((line) => {
        const [unit, ...rest] = line.split('\t');
        return ['1', unit, id, received, ...rest].join('\t');
      }),
    );
    texts.push({
      sql: `copy limit_${table} (${rows[0]?.names}) from stdin`,
      text: Buffer.from(`${lines.join('\n')}\n`),
    });
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
    await time('row text', () => {
      for (const event of all) if (isEventType(event.type)) rowOf(event.type, event, catalogue, receipt);
    });
    for (let from = 0; from < parsed.length; from += 16) {
      const group = await Promise.all(parsed.slice(from, from + 16).map(prepare));
      const now = Date.now();
      let committing = 0;
      await inTransaction(pool, async (client) => {
        await time('batch rows', () => insertBatches(client, group, now));
        await time('COPY', async () => {
          for (const type of EVENT_TYPES) {
            const rows = group.map(({ id, environmentId, rows }) => ({ id, environmentId, lines: rows[type].lines }));
            await copyEvents(client, type, rows, now);
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
