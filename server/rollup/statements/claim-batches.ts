import type { ClientBase } from 'pg';

/** How many batches one cycle takes at most. */
export const BATCH_LIMIT = 600;

export interface ClaimedBatches {
  ids: string[];
  /** Times of receipt of the first and last: they let the planner skip whole partitions and pages. */
  from: Date;
  to: Date;
}

/** Line 1: the oldest batches not yet rolled up. No row locks: the holder of the roll-up lock is alone. */
export async function claimBatches(client: ClientBase, limit: number): Promise<ClaimedBatches | null> {
  const { rows } = await client.query<{ ids: string[]; from: Date | null; to: Date }>(
    `select array_agg(batch_id) as ids, min(received_at) as "from",
       max(received_at) + interval '1 millisecond' as "to"   -- a JavaScript date has no microseconds
     from (select batch_id, received_at from batch where rolled_at is null order by received_at limit $1) b`,
    [limit],
  );
  const row = rows[0];
  return row?.from ? { ids: row.ids, from: row.from, to: row.to } : null;
}
