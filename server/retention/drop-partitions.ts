import type { ClientBase, Pool } from 'pg';
import { BATCH_DAYS_BACK, listPartitions, type PartitionedTable } from '../db/partitions.ts';
import { errorCode } from '../http/errors.ts';

/** So long a day waits for those who read it; then it stays until the next round. Nobody waits behind it. */
const PATIENCE = '5s';
/** Tells what retention has detached from what a person has. */
const MARK = 'assay: dropped by retention';
/** lock_not_available, object_not_in_prerequisite_state, undefined_table, wrong_object_type: in use, or another process is at it. */
const BUSY = ['55P03', '55000', '42P01', '42809'];

/**
 * Drops the partitions of days before `day`, and of batches whose rows were received before it. Detached concurrently:
 * to drop one directly would lock out the intake while any reader works. Answers how many went.
 */
export async function dropPartitions(pool: Pool, day: number): Promise<number> {
  const client = await pool.connect();
  let dropped = 0;
  try {
    await client.query(`set lock_timeout = '${PATIENCE}'`);
    await dropDetached(client);
    for (const each of await listPartitions(client)) {
      if ((each.table === 'batch' ? each.day + BATCH_DAYS_BACK : each.day) >= day) continue;
      if (each.table === 'batch' && (await hasUnrolled(client, each.name))) continue;
      await drop(client, each);
      dropped += 1;
    }
  } catch (error) {
    if (!BUSY.includes(errorCode(error))) throw error;
  } finally {
    const failed = await client.query('reset lock_timeout').then(
      () => undefined,
      (error: Error) => error,
    );
    client.release(failed);
  }
  return dropped;
}

interface Going {
  table: PartitionedTable;
  name: string;
  leaving: boolean;
}

async function drop(client: ClientBase, { table, name, leaving }: Going): Promise<void> {
  await client.query(`comment on table ${name} is '${MARK}'`);
  await client.query(`alter table ${table} detach partition ${name} ${leaving ? 'finalize' : 'concurrently'}`);
  await client.query(`drop table ${name}`);
}

/** What an earlier round has detached and not dropped. */
async function dropDetached(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relkind = 'r' and not c.relispartition and obj_description(c.oid, 'pg_class') = $1`,
    [MARK],
  );
  for (const { name } of rows) await client.query(`drop table ${name}`);
}

async function hasUnrolled(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select from ${name} where rolled_at is null) as found`,
  );
  return rows[0]?.found === true;
}
