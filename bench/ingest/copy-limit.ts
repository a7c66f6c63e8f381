import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { allRows, copyEvents } from '../../server/ingest/event-copy.ts';
import { inTransaction } from '../../server/ingest/write-transaction.ts';
import { prepare } from './sample-batches.ts';

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
