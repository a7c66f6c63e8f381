import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg, { type ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { migrate } from '../db/migrate.ts';
import { createPartition } from '../db/partitions.ts';
import { errorCode } from '../postgres/embedded-postgres-error.ts';
import { ArchiveError, damaged } from './archive-error.ts';
import { type About, type Relation, relationsOf, type Totals } from './archive-format.ts';
import { type ArchiveReader, openArchive } from './archive-reader.ts';
import { serversOf, withSession } from './archive-session.ts';
import { knownMigrations, makeSchema, migrationOf, ownTables } from './archived-schema.ts';
import type { ArchiveSummary } from './backup.ts';
import { copyTarget, references, storedTables } from './stored-relations.ts';

/** The lock under which servers migrate: one that starts meanwhile waits until the restore is done. */
const MIGRATION_LOCK = 7_001;
/** Tables in which a new installation has no rows. */
const FILLED_BY_USE = ['slot', 'metric', 'experiment', 'batch'];
/**
 * SDKs may know versions of the ruleset that were made after the backup: versions of the restored one begin beyond them,
 * or an SDK would take a change of today for one it has.
 */
const RULESET_LEAP = 100_000;

export interface RestoreOptions {
  /** Replaces what the database holds. */
  force?: boolean;
  signal?: AbortSignal;
}

/**
 * Puts the data of an archive into a database, in one transaction: all of it or, when anything is wrong, nothing. Then
 * brings the schema up to date.
 *
 * @throws ArchiveError when the archive or the database is not fit for it.
 */
export async function restore(
  databaseUrl: string,
  path: string,
  options: RestoreOptions = {},
): Promise<ArchiveSummary> {
  const archive = await openArchive(path);
  try {
    checkMigration(path, archive.about);
    const rows = await withSession(databaseUrl, 'assay-restore', async (client) => {
      await client.query('begin');
      await client.query("set local lock_timeout = '10s'");
      await checkTarget(client, options.force ?? false);
      const loaded = await load(client, path, archive, options.signal);
      await client.query('commit');
      return loaded;
    }).catch((error) => {
      throw explainLoad(error, path);
    });
    await bringUpToDate(databaseUrl, path);
    return summaryOf(archive, rows);
  } finally {
    await archive.close();
  }
}

async function bringUpToDate(databaseUrl: string, path: string): Promise<void> {
  await migrate(databaseUrl).catch((error) => {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `All data of ${path} are restored, but their schema is still the old one (${reason}): mend that; the server goes on from there when it starts.`;
    throw new ArchiveError(message, { cause: error });
  });
  // Statistics, and the summaries of BRIN indexes: until PostgreSQL makes them by itself, first reports are slow.
  await withSession(databaseUrl, 'assay-restore', async (client) => {
    const tables = await storedTables(client, ownTables());
    await client.query(`vacuum (analyze) ${tables.map(({ name }) => pg.escapeIdentifier(name)).join(', ')}`);
  }).catch(() => undefined);
}

/** Reads an archive to its end and compares all checksums, without any database. */
export async function checkArchive(path: string): Promise<ArchiveSummary> {
  const archive = await openArchive(path);
  try {
    for (const { name } of relationsOf(archive.about)) for await (const _ of archive.read(name));
    const totals = await archive.totals();
    const rows = Object.values(totals.relations).reduce((sum, each) => sum + each.rows, 0);
    return summaryOf(archive, rows);
  } finally {
    await archive.close();
  }
}

function checkMigration(path: string, about: About): void {
  if (knownMigrations().some(({ when }) => when === about.migration.when)) return;
  throw new ArchiveError(
    `${path} was written by Assay ${about.version}, which is newer (schema ${about.migration.tag}): restore it with that version.`,
  );
}

async function checkTarget(client: ClientBase, force: boolean): Promise<void> {
  const { rows: lock } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [
    MIGRATION_LOCK,
  ]);
  if (!lock[0]?.got) {
    throw new ArchiveError('A server that starts, or another restore, has the database: try again when it is done.');
  }
  if ((await serversOf(client)) > 0) {
    throw new ArchiveError('A server uses the database: stop it, restore, and start it again.');
  }
  const when = await migrationOf(client);
  if (when === null) return;
  if (!knownMigrations().some((each) => each.when === when)) {
    throw new ArchiveError('The database was made by a newer Assay: restore with that version, or into another one.');
  }
  if (!force && (await holdsData(client))) {
    throw new ArchiveError(
      'The database is not empty: add --force to replace all that it holds (back it up first), or choose another one.',
    );
  }
}

async function holdsData(client: ClientBase): Promise<boolean> {
  for (const table of FILLED_BY_USE) {
    const { rows } = await client.query<{ filled: boolean }>(`select exists (select from ${table}) as filled`);
    if (rows[0]?.filled) return true;
  }
  return false;
}

async function load(
  client: ClientBase,
  path: string,
  archive: ArchiveReader,
  signal: AbortSignal | undefined,
): Promise<number> {
  const own = new Set(ownTables());
  for (const { name } of archive.about.tables) if (!own.has(name)) throw damaged(path, `there is no table ${name}`);
  await makeSchema(client, archive.about.migration);
  const checks = await references(client, [...own]);
  for (const { drop } of checks) await client.query(drop);
  const counts = new Map<string, number>();
  for (const relation of relationsOf(archive.about)) {
    signal?.throwIfAborted();
    if (relation.day !== null) await client.query(createPartition(relation.table, relation.day));
    counts.set(relation.name, await fill(client, relation, archive, signal));
  }
  const totals = await archive.totals();
  compareCounts(path, counts, totals);
  for (const { add } of checks) await client.query(add);
  for (const [name, last] of Object.entries(totals.sequences)) {
    await client.query('select setval($1::regclass, $2::bigint)', [name, last]);
  }
  await client.query('update ruleset_version set version = version + $1', [RULESET_LEAP]);
  return [...counts.values()].reduce((sum, rows) => sum + rows, 0);
}

async function fill(
  client: ClientBase,
  relation: Relation,
  archive: ArchiveReader,
  signal: AbortSignal | undefined,
): Promise<number> {
  const copy = client.query(copyFrom(`copy ${copyTarget(relation)} from stdin`));
  await pipeline(Readable.from(archive.read(relation.name)), copy, signal ? { signal } : {});
  return copy.rowCount;
}

function compareCounts(path: string, counts: ReadonlyMap<string, number>, { relations }: Totals): void {
  for (const [name, rows] of counts) {
    const told = relations[name]?.rows ?? 0;
    if (rows !== told) throw damaged(path, `${name} has ${rows} rows instead of ${told}`);
  }
}

function summaryOf(archive: ArchiveReader, rows: number): ArchiveSummary {
  return { rows, bytes: archive.bytes, about: archive.about };
}

/** What PostgreSQL says while an archive is loaded, in words that help. */
const EXPLANATIONS: Record<string, (reason: string) => string> = {
  '53100': () => 'PostgreSQL has no space left, nothing was changed: free some and try again.',
  '55P03': () => 'Another connection holds the tables: end it (psql, a report, a backup) and try again.',
  '42P07': (reason) => `A table of that name stands aside in the database: rename it first (${reason}).`,
  '2BP01': (reason) => `Something was built upon the tables: remove it first (${reason}).`,
  '42501': (reason) => `The user of DATABASE_URL must own the database: ${reason}.`,
};

function explainLoad(error: unknown, path: string): unknown {
  const code = errorCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const explanation = EXPLANATIONS[code];
  if (explanation) return new ArchiveError(explanation(reason), { cause: error });
  // Classes 22 and 23: values that no column takes, rows that contradict each other.
  return /^2[23]/.test(code) ? damaged(path, reason) : error;
}
