import pg, { type ClientBase } from 'pg';
import { partitionName } from '../db/partitions.ts';
import { ArchiveError } from './archive-error.ts';
import type { ArchivedTable, Relation, Totals } from './archive-format.ts';

const DAY_MS = 86_400_000;

/**
 * The tables that hold data, with the days of those that are partitioned; work tables, which are unlogged, are left out.
 * Read from the catalogue, so that it is right for every schema.
 */
export async function storedTables(client: ClientBase, own: readonly string[]): Promise<ArchivedTable[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; parts: string[] | null }>(
    `select c.relname as name,
       array(select a.attname::text from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
       case c.relkind when 'p' then array(select p.relname::text from pg_inherits i join pg_class p on p.oid = i.inhrelid
         where i.inhparent = c.oid order by p.relname) end as parts
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relpersistence = 'p'
       and not c.relispartition and c.relname = any($1)
     order by c.relname`,
    [own],
  );
  return rows.map(({ name, columns, parts }) => ({
    name,
    columns,
    days: parts?.map((part) => dayOf(part, name)) ?? null,
  }));
}

function dayOf(name: string, table: string): string {
  const [, year, month, date] = /_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  const day = `${year}-${month}-${date}`;
  const number = Date.parse(day) / DAY_MS;
  if (Number.isNaN(number) || partitionName(table, number) !== name) {
    throw new ArchiveError(`The table ${name} is part of ${table}, but not one of its days: detach it first.`);
  }
  return day;
}

/** Last values of the sequences of these tables that were used; they never run behind the rows of our snapshot. */
export async function lastValues(client: ClientBase, tables: readonly string[]): Promise<Totals['sequences']> {
  const { rows } = await client.query<{ name: string; last: string }>(
    `select q.sequencename as name, q.last_value::text as last from pg_sequences q
     where q.schemaname = 'public' and q.last_value is not null and exists (
       select from pg_depend d join pg_class t on t.oid = d.refobjid
       where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
         and d.objid = format('%I.%I', q.schemaname, q.sequencename)::regclass and t.relname = any($1))`,
    [tables],
  );
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]));
}

/** References between tables, as statements that remove them and put them back. */
export async function references(
  client: ClientBase,
  tables: readonly string[],
): Promise<{ drop: string; add: string }[]> {
  const { rows } = await client.query<{ on: string; name: string; definition: string }>(
    `select c.relname as on, k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = 'public'::regnamespace and c.relname = any($1)
     order by 1, 2`,
    [tables],
  );
  return rows.map((row) => {
    const [table, name] = [pg.escapeIdentifier(row.on), pg.escapeIdentifier(row.name)];
    return {
      drop: `alter table ${table} drop constraint ${name}`,
      add: `alter table ${table} add constraint ${name} ${row.definition}`,
    };
  });
}

/** Table and columns as COPY names them. */
export function copyTarget({ name, columns }: Relation): string {
  return `${pg.escapeIdentifier(name)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')})`;
}
