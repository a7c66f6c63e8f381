import { readFileSync } from 'node:fs';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import pg, { type ClientBase } from 'pg';
import { z } from 'zod';
import { fromRoot } from '../repository-root.ts';
import type { About } from './archive-format.ts';

/** Which schema a database has, and how it is made at any earlier migration. */

const journalSchema = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

/** A migration: its name, and the time by which databases remember it. */
export type Migration = About['migration'];

/** All migrations of this version, oldest first. */
export function knownMigrations(): Migration[] {
  const journal: unknown = JSON.parse(readFileSync(fromRoot('migrations', 'meta', '_journal.json'), 'utf8'));
  return journalSchema.parse(journal).entries.map(({ tag, when }) => ({ tag, when }));
}

/** Every table that a migration makes; others in the same database are not ours. */
export function ownTables(): string[] {
  const names = knownMigrations().flatMap(({ tag }) => {
    const sql = readFileSync(fromRoot('migrations', `${tag}.sql`), 'utf8');
    return [...sql.matchAll(/create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/gi)];
  });
  return [...new Set(names.map((match) => match[1] ?? ''))];
}

/** When the last migration of a database was written; null without a schema. */
export async function migrationOf(client: ClientBase): Promise<number | null> {
  const { rows: found } = await client.query<{ is: boolean }>(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as is",
  );
  if (!found[0]?.is) return null;
  const { rows } = await client.query<{ last: string | null }>(
    'select max(created_at) as last from drizzle.__drizzle_migrations',
  );
  return rows[0]?.last == null ? null : Number(rows[0].last);
}

/** Removes all our tables with their rows, and makes them as `migration` left them, empty. Call it in a transaction. */
export async function makeSchema(client: ClientBase, migration: Migration): Promise<void> {
  const { rows: old } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
     and relkind in ('r', 'p') and not relispartition`,
    [ownTables()],
  );
  // Without "cascade": what other people built upon our tables is theirs to remove.
  if (old.length > 0) await client.query(`drop table ${listOf(old)}`);
  const applied = readMigrationFiles({ migrationsFolder: fromRoot('migrations') }).filter(
    ({ folderMillis }) => folderMillis <= migration.when,
  );
  for (const statement of applied.flatMap(({ sql }) => sql)) await client.query(statement);
  // As drizzle's migrator makes it, so that later migrations go on from here.
  await client.query('create schema if not exists drizzle');
  await client.query(
    'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  );
  await client.query('delete from drizzle.__drizzle_migrations');
  for (const { hash, folderMillis } of applied) {
    await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
      hash,
      folderMillis,
    ]);
  }
  const { rows: made } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
     and relkind in ('r', 'p') and not relispartition`,
    [ownTables()],
  );
  // Migrations also insert the first rows of a new installation.
  await client.query(`truncate ${listOf(made)}`);
}

function listOf(rows: readonly { name: string }[]): string {
  return rows.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
}
