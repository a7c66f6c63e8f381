import type { Pool } from 'pg';
import type { Queryable } from './queryable.ts';

const DAY_MS = 86_400_000;
/** Partitions are made from a day back to a week ahead; batch ids may be 7 days old. */
const DAYS_BACK = 1;
const DAYS_AHEAD = 7;
export const BATCH_DAYS_BACK = 8;

/** Held while partitions are made; others wait. */
const PARTITION_LOCK = 7_004;

export const EVENT_TABLES = ['exposure', 'outcome', 'impression', 'comparison'] as const;
export type PartitionedTable = (typeof EVENT_TABLES)[number] | 'batch';

/** One day of one table. */
export interface Partition {
  table: PartitionedTable;
  /** Days since 1970. */
  day: number;
}

/**
 * Makes the missing daily partitions around `now`. Called at start, every minute, and by the intake when a row found
 * none; cheap when there is nothing to do. There is no default partition: a row that fits none is an error that is seen,
 * not a table that silently grows.
 */
export async function keepPartitions(pool: Pool, now: Date): Promise<void> {
  const existing = new Set((await listPartitions(pool)).map(({ name }) => name));
  const missing = partitionsAround(now).filter(({ table, day }) => !existing.has(partitionName(table, day)));
  if (missing.length === 0) return;
  // One statement, so that nothing is half made.
  await pool.query(`do $$ begin
    perform pg_advisory_xact_lock(${PARTITION_LOCK});
    ${missing.map(addPartition).join('\n    ')}
  end $$`);
}

function partitionsAround(now: Date): Partition[] {
  const today = Math.floor(now.getTime() / DAY_MS);
  const days = Array.from({ length: BATCH_DAYS_BACK + DAYS_AHEAD + 1 }, (_, i) => today - BATCH_DAYS_BACK + i);
  return days.flatMap((day) => {
    const tables: PartitionedTable[] = day >= today - DAYS_BACK ? [...EVENT_TABLES, 'batch'] : ['batch'];
    return tables.map((table) => ({ table, day }));
  });
}

/** Days of the partitioned tables, oldest first. `leaving`: it was being detached when that was interrupted. */
export async function listPartitions(db: Queryable): Promise<(Partition & { name: string; leaving: boolean })[]> {
  const { rows } = await db.query<{ table: PartitionedTable; name: string; leaving: boolean }>(
    `select p.relname as table, c.relname as name, i.inhdetachpending as leaving
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
     where p.relname = any($1) and p.relkind = 'p' order by right(c.relname, 8), 1`,
    [[...EVENT_TABLES, 'batch']],
  );
  return rows.map((row) => ({ ...row, day: dayOf(row.name) }));
}

export function partitionName(table: string, day: number): string {
  return `${table}_${isoDay(day).replaceAll('-', '')}`;
}

function dayOf(name: string): number {
  return Date.parse(name.replace(/^.*_(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')) / DAY_MS;
}

function addPartition({ table, day }: Partition): string {
  return `if not exists (select from pg_inherits where inhrelid = to_regclass('${partitionName(table, day)}')) then
      ${createPartition(table, day)}
    end if;`;
}

/** Statements that make a day of a table. Attached, because `partition of` would wait for readers and lock out the intake. */
export function createPartition(table: string, day: number): string {
  const name = partitionName(table, day);
  const [from, to] =
    table === 'batch' ? [uuidAt(day), uuidAt(day + 1)] : [`${isoDay(day)}T00:00:00Z`, `${isoDay(day + 1)}T00:00:00Z`];
  return `create table ${name} (like ${table} including all);
    alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}');`;
}

/** The smallest UUIDv7 of a day: its first 48 bits are the time. */
function uuidAt(day: number): string {
  const hex = (day * DAY_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

export function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
