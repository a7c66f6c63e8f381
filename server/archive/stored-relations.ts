import pg, { type ClientBase } from 'pg';
import { partitionName } from '../db/partitions.ts';
import { ArchiveError } from './archive-error.ts';
import type { Relation, Totals } from './archive-format.ts';

const DAY_MS = 86_400_000;

/**
 * The tables that hold data, each daily partition by itself; work tables, which are unlogged, are left out. Read from the
 * catalogue, so that it is right for every schema.
 */
export async function storedRelations(client: ClientBase, tables: readonly string[]): Promise<Relation[]> {
  const { rows } = await client.query<{ name: string; parent: string | null; columns: string[] }>(
    `select c.relname as name, p.relname as parent, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c
     left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
       and coalesce(p.relname, c.relname) = any($1)
     group by 1, 2 order by coalesce(p.relname, c.relname), c.relname`,
    [tables],
  );
  return rows.map(({ name, parent, columns }) =>
    parent === null
      ? { name, table: name, day: null, columns }
      : { name, table: parent, day: dayOf(name, parent), columns },
  );
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
    `select s.relname as name, pg_sequence_last_value(s.oid::regclass)::text as last
     from pg_class s join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i')
       and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
     join pg_class t on t.oid = d.refobjid
     where s.relkind = 'S' and t.relnamespace = 'public'::regnamespace and t.relname = any($1)
       and pg_sequence_last_value(s.oid::regclass) is not null`,
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
