import type pg from 'pg';
import { noRows } from '../../server/ingest/copy-rows.ts';
import { readEnvelope } from '../../server/ingest/envelope.ts';
import { allRows, copyEvents, EVENT_TYPES, insertBatches } from '../../server/ingest/event-copy.ts';
import { addRow, sharedColumns } from '../../server/ingest/event-rows.ts';
import { type Fields, faultyField, isEventType } from '../../server/ingest/event-shape.ts';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { inTransaction } from '../../server/ingest/write-transaction.ts';
import { catalogue, EVENTS_PER_BATCH, newBatchId, prepare } from './sample-batches.ts';

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
