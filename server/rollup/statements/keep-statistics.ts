import type { ClientBase } from 'pg';

/** A table that has just grown to twice what the planner knows of must not be joined as if it were almost empty. */
export async function keepStatistics(client: ClientBase, table: string, added: number): Promise<void> {
  const { rows } = await client.query<{ known: number }>(
    'select reltuples as known from pg_class where oid = $1::regclass',
    [table],
  );
  if (added > (rows[0]?.known ?? 0)) await client.query(`analyze ${table}`);
}
