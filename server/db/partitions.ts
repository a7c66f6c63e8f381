import type { Pool } from 'pg';

const DAY_MS = 86_400_000;
/** Partitions are made from a day back to a week ahead; batch ids may be 7 days old. */
const DAYS_BACK = 1;
const DAYS_AHEAD = 7;
const BATCH_DAYS_BACK = 8;

const EVENT_TABLES = ['exposure', 'outcome', 'impression', 'comparison'] as const;

/**
 * Makes the missing daily partitions around `now`. Called at start and every hour; cheap when there is nothing to do.
 * There is no default partition: a row that fits none is an error that is seen, not a table that silently grows.
 */
export async function keepPartitions(pool: Pool, now: Date): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      join pg_class p on p.oid = i.inhparent where p.relname = any($1)`,
    [[...EVENT_TABLES, 'batch']],
  );
  const existing = new Set(rows.map((row) => row.name));
  const today = Math.floor(now.getTime() / DAY_MS);
  const statements: string[] = [];
  for (let day = today - BATCH_DAYS_BACK; day <= today + DAYS_AHEAD; day++) {
    const tables = day >= today - DAYS_BACK ? [...EVENT_TABLES, 'batch' as const] : ['batch' as const];
    for (const table of tables) {
      if (!existing.has(partitionName(table, day))) statements.push(createPartition(table, day));
    }
  }
  for (const statement of statements) await pool.query(statement);
}

export function partitionName(table: string, day: number): string {
  return `${table}_${isoDay(day).replaceAll('-', '')}`;
}

/** The statement that makes the partition of one day. */
export function createPartition(table: string, day: number): string {
  const [from, to] =
    table === 'batch' ? [uuidAt(day), uuidAt(day + 1)] : [`${isoDay(day)}T00:00:00Z`, `${isoDay(day + 1)}T00:00:00Z`];
  return `create table if not exists ${partitionName(table, day)} partition of ${table} for values from ('${from}') to ('${to}')`;
}

/** The smallest UUIDv7 of a day: its first 48 bits are the time. */
function uuidAt(day: number): string {
  const hex = (day * DAY_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
