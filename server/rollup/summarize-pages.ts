import type { Pool } from 'pg';
import { EVENT_TABLES } from '../db/partitions.ts';

const TABLES = [...EVENT_TABLES, 'batch'].map((table) => `'${table}'`).join(', ');
const dayOf = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYYMMDD')`;

/** Indexes of the days with batches to roll up. One that autovacuum is at is left for the next time, and not waited for. */
const SUMMARIZE = `do $$
  declare index_id oid;
  begin
    set local lock_timeout = '20ms';
    for index_id in
      select i.indexrelid
      from pg_inherits h join pg_class p on p.oid = h.inhparent join pg_class t on t.oid = h.inhrelid
      join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
      join pg_am a on a.oid = c.relam and a.amname = 'brin'
      where p.relname in (${TABLES})
        and right(t.relname, 8) between ${dayOf('(select coalesce(min(received_at), now()) from batch where rolled_at is null)')} and ${dayOf('now()')}
    loop
      begin
        perform brin_summarize_new_values(index_id);
      exception when lock_not_available then null;
      end;
    end loop;
  end $$`;

/**
 * Tells the BRIN indexes of raw events about pages filled since it was last done. They know nothing of them until a
 * vacuum, and each statement of a cycle would read all of these: minutes of events for seconds of them.
 */
export async function summarizePages(pool: Pool): Promise<void> {
  await pool.query(SUMMARIZE);
}
