import type { ClientBase } from 'pg';

/** Line 11: these batches are rolled up, and external phases that they may touch want a rebuild. */
export async function closeBatches(client: ClientBase, ids: string[], now: Date): Promise<void> {
  await client.query('update batch set rolled_at = $2 where batch_id = any($1)', [ids, now]);
  await client.query(
    `update phase set rebuild_wanted = true
     where assignment = 'external' and state = 'running' and not rebuild_wanted
       and environment_id in (select environment_id from batch where batch_id = any($1))`,
    [ids],
  );
}
