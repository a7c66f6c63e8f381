import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pg, { type ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { version } from '../version.ts';
import { ArchiveError } from './archive-error.ts';
import {
  ABOUT,
  type About,
  CHECKSUM,
  checksumOf,
  FORMAT,
  partName,
  type Relation,
  type RelationTotals,
  relationsOf,
  TOTALS,
} from './archive-format.ts';
import { withSession } from './archive-session.ts';
import { type ArchiveWriter, createArchive } from './archive-writer.ts';
import { knownMigrations, migrationOf, ownTables } from './archived-schema.ts';
import { copyTarget, lastValues, storedTables } from './stored-relations.ts';

/** Text that is packed at once: two of these are in memory, whatever the size of the database. */
const PART_BYTES = 8 * 1024 * 1024;
/** Rows are repetitive text: higher levels cost several times the time for a tenth of the size. */
const GZIP = { level: 2 };

const pack = promisify(gzip);

export interface BackupOptions {
  /** Replaces the file. */
  force?: boolean;
  signal?: AbortSignal;
  now: Date;
}

export interface ArchiveSummary {
  rows: number;
  /** Of the file. */
  bytes: number;
  about: About;
}

/**
 * Writes all data of a database into one file, as of one instant, while servers go on using it.
 *
 * @throws ArchiveError when the file cannot be written or the database holds no Assay; nothing is left behind.
 */
export function backup(databaseUrl: string, path: string, options: BackupOptions): Promise<ArchiveSummary> {
  return withSession(databaseUrl, 'assay-backup', async (client) => {
    const archive = await createArchive(path, options.now, options.force ?? false);
    try {
      await client.query('begin isolation level repeatable read read only');
      const about = await describe(client, options.now);
      const aboutJson = jsonOf(about);
      await archive.add({ name: ABOUT, data: aboutJson });
      const totals = await addRelations(client, archive, relationsOf(about), options.signal);
      const sequences = await lastValues(client, ownTables());
      const totalsJson = jsonOf({ relations: Object.fromEntries(totals), sequences });
      await archive.add({ name: TOTALS, data: totalsJson });
      await archive.add({ name: CHECKSUM, data: Buffer.from(checksumOf(aboutJson, totalsJson)) });
      const bytes = await archive.finish();
      const rows = [...totals.values()].reduce((sum, each) => sum + each.rows, 0);
      return { rows, bytes, about };
    } catch (error) {
      await archive.abandon();
      throw error;
    }
  });
}

async function describe(client: ClientBase, now: Date): Promise<About> {
  const when = await migrationOf(client);
  if (when === null) throw new ArchiveError('The database holds no data of Assay: check DATABASE_URL.');
  const migration = knownMigrations().find((each) => each.when === when);
  if (!migration) throw new ArchiveError('The database was made by a newer Assay: back it up with that version.');
  const tables = await storedTables(client, ownTables());
  const base = { product: 'assay' as const, format: FORMAT, version: version(), createdAt: now.toISOString() };
  const about: About = { ...base, migration, tables };
  const names = relationsOf(about).map(({ name }) => pg.escapeIdentifier(name));
  // Each day is locked and read by itself: its parent stays free, so that servers can add days meanwhile.
  await client.query(`lock table ${names.map((name) => `only ${name}`).join(', ')} in access share mode`);
  return about;
}

async function addRelations(
  client: ClientBase,
  archive: ArchiveWriter,
  relations: readonly Relation[],
  signal: AbortSignal | undefined,
): Promise<Map<string, RelationTotals>> {
  const totals = new Map<string, RelationTotals>();
  for (const relation of relations) {
    signal?.throwIfAborted();
    const added = await addRelation(client, archive, relation, signal);
    if (added.rows > 0) totals.set(relation.name, added);
  }
  return totals;
}

async function addRelation(
  client: ClientBase,
  archive: ArchiveWriter,
  relation: Relation,
  signal: AbortSignal | undefined,
): Promise<RelationTotals> {
  const stream = client.query(copyTo(`copy ${copyTarget(relation)} to stdout`));
  const hash = createHash('sha256');
  let waiting: Buffer[] = [];
  let [size, bytes, parts] = [0, 0, 0];
  let written: Promise<void> = Promise.resolve();

  /** One part is packed and written while the next is read. */
  async function flush(): Promise<void> {
    const text = Buffer.concat(waiting);
    [waiting, size] = [[], 0];
    await written;
    signal?.throwIfAborted();
    parts += 1;
    const name = partName(relation.name, parts);
    written = pack(text, GZIP).then((data) => archive.add({ name, data }));
    // Heard by whoever awaits it next.
    written.catch(() => undefined);
  }

  for await (const chunk of stream) {
    const text: Buffer = chunk;
    hash.update(text);
    waiting.push(text);
    size += text.length;
    bytes += text.length;
    if (size >= PART_BYTES) await flush();
  }
  if (size > 0) await flush();
  await written;
  return { rows: stream.rowCount, bytes, parts, sha256: hash.digest('hex') };
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
