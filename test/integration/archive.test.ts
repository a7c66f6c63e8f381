import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { connect } from '@assay-ml/sdk';
import fc from 'fast-check';
import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relationsOf } from '../../server/archive/archive-format.ts';
import { openArchive } from '../../server/archive/archive-reader.ts';
import { type ArchiveSummary, backup } from '../../server/archive/backup.ts';
import { checkArchive, restore } from '../../server/archive/restore.ts';
import { readTar, TAR_END, type TarEntry, tarEntry } from '../../server/archive/tar.ts';
import { readConfig } from '../../server/config.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { keepPartitions } from '../../server/db/partitions.ts';
import { startServer } from '../../server/start.ts';
import { withDatabase } from './database.ts';
import { contentsOf, forgetReportTime } from './database-contents.ts';
import { caller, draftExperiment, startTestServer, TEST_ADMIN_KEY, type TestServer, until } from './test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-test-archive-'));
const file = join(folder, 'a.assay.tar');
let test: TestServer;
let summary: ArchiveSummary;
/** What was in the database when the backup was made. */
let held: Awaited<ReturnType<typeof contentsOf>>;

const reportOf = async (api: TestServer['api'], key: string) =>
  (await api<Report>('GET', `/api/experiments/${key}/report`)).body;
const units = (report: Report) => report.variants.reduce((sum, each) => sum + each.units, 0);

/** A server with data: units exposed and outcomes counted, and a second batch that is still sent while we copy. */
beforeAll(async () => {
  test = await startTestServer();
  await draftExperiment(test, { key: 'kept', windowSeconds: 3_600 });
  expect((await test.api('POST', '/api/experiments/kept/start')).status).toBe(200);
  await expose(0, 150);
  await until(async () => units(await reportOf(test.api, 'kept')) === 150);
  // Jobs write now and then: what the backup holds is known where they wrote nothing meanwhile.
  held = await until(async () => {
    rmSync(file, { force: true });
    const contents = await contentsOf(test.database.url);
    summary = await backup(test.database.url, file, { now: new Date() });
    return isDeepStrictEqual(contents, await contentsOf(test.database.url)) && contents;
  });
});
afterAll(async () => {
  await test.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function expose(from: number, to: number, on = { url: test.url, sdkKey: test.sdkKey }): Promise<void> {
  const assay = await connect({ url: on.url, key: on.sdkKey, flushEveryMs: 50 });
  for (let i = from; i < to; i++) {
    // Text that COPY must escape.
    const unit = `u\t${i}\\n\n"é👍`;
    assay.decide('kept', { unit });
    if (i % 3 === 0) assay.outcome('kept-click', { unit, value: i / 7, properties: { where: 'a\\b' } });
  }
  await assay.close();
}

async function serverOn<T>(url: string, use: (api: TestServer['api'], base: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(folder, 'server-'));
  const env = { DATABASE_URL: url, PORT: '0', ASSAY_DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const server = await startServer(readConfig(env), pino({ level: 'silent' }));
  try {
    const base = `http://localhost:${server.port}`;
    return await use(caller(base, TEST_ADMIN_KEY), base);
  } finally {
    await server.stop();
  }
}

async function numberOf(url: string, sql: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ n: number }>(sql);
  await client.end();
  return rows[0]?.n;
}

it('restores into another database what the backup held: every row, the keys, the report; and work goes on', async () => {
  expect(summary.rows).toBeGreaterThan(300);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = await reportOf(test.api, 'kept');
  await withDatabase(async (url) => {
    expect(await restore(url, file)).toMatchObject({ rows: summary.rows });
    const copy = await contentsOf(url);
    // Versions of the ruleset begin beyond those that SDKs may have seen.
    const version = 'select version as n from ruleset_version';
    expect(await numberOf(url, version)).toBeGreaterThan(((await numberOf(test.database.url, version)) ?? 0) + 1_000);
    delete copy.ruleset_version;
    const { ruleset_version: _, ...others } = held;
    expect(copy).toEqual(others);
    // Analysed: without statistics the first roll-ups would be planned for empty tables.
    expect(await numberOf(url, "select reltuples::int as n from pg_class where relname = 'unit_state'")).toBe(150);
    await serverOn(url, async (api, base) => {
      const after = await reportOf(api, 'kept');
      expect(forgetReportTime(after)).toEqual(forgetReportTime(before));
      await expose(150, 200, { url: base, sdkKey: test.sdkKey });
      await until(async () => units(await reportOf(api, 'kept')) === 200);
      // Ids go on after those restored.
      const key = 'next';
      await draftExperiment({ api }, { key });
    });
  });
});

it('is one instant, while batches are stored and counted and days are added', async () => {
  const moving = join(folder, 'moving.tar');
  const pool = new pg.Pool({ connectionString: test.database.url });
  const count = 'select count(*)::int as n from exposure';
  const before = await numberOf(test.database.url, count);
  // One of the last tables is held, so that the backup waits with its snapshot taken and all days locked.
  const holder = await pool.connect();
  await holder.query('begin; lock table unit_comparison in access exclusive mode');
  const copying = backup(test.database.url, moving, { now: new Date() });
  const waits =
    "select from pg_stat_activity where application_name = 'assay-backup' and wait_event_type = 'Lock' and datname = current_database()";
  await until(async () => (await pool.query(waits)).rowCount);
  await expose(1_000, 1_300);
  await until(async () => units(await reportOf(test.api, 'kept')) === 450);
  await keepPartitions(pool, new Date(Date.now() + 5 * 86_400_000));
  await holder.query('rollback');
  holder.release();
  await copying;
  await pool.end();
  await withDatabase(async (url) => {
    await restore(url, moving);
    expect(await numberOf(url, count)).toBe(before);
    expect(await numberOf(url, 'select sum(n)::int as n from unit_count where segment_id = 0')).toBe(150);
  });
});

it('refuses a database in use, one that holds data, and a file that exists; --force replaces', async () => {
  await expect(restore(test.database.url, file, { force: true })).rejects.toThrow(
    'A server uses the database: stop it',
  );
  await expect(backup(test.database.url, file, { now: new Date() })).rejects.toThrow('exists: choose another name');
  await withDatabase(async (url) => {
    await restore(url, file);
    const before = await contentsOf(url);
    await expect(restore(url, file)).rejects.toThrow('The database is not empty: add --force');
    expect(await contentsOf(url)).toEqual(before);
    await restore(url, file, { force: true });
    expect({ ...(await contentsOf(url)), ruleset_version: null }).toEqual({ ...before, ruleset_version: null });
    const again = join(folder, 'again.tar');
    writeFileSync(again, 'old');
    chmodSync(again, 0o644);
    await backup(url, again, { now: new Date(), force: true });
    expect(statSync(again).mode & 0o777).toBe(0o600);
    await expect(checkArchive(again)).resolves.toMatchObject({ rows: summary.rows });
  });
});

async function entriesOf(path: string): Promise<TarEntry[]> {
  const handle = await open(path, 'r');
  const entries: TarEntry[] = [];
  for await (const entry of readTar(handle, path)) entries.push(entry);
  await handle.close();
  return entries;
}

const pack = (list: TarEntry[]) => Buffer.concat([...list.map((entry) => tarEntry(entry, new Date())), TAR_END]);

function damagedFile(bytes: Buffer): string {
  const path = join(folder, 'damaged.tar');
  writeFileSync(path, bytes);
  return path;
}

it('says what is wrong with an archive', async () => {
  const entries = await entriesOf(file);
  const alter = (name: string, change: (text: string) => string) =>
    pack(entries.map((e) => (e.name === name ? { ...e, data: Buffer.from(change(e.data.toString())) } : e)));
  const whole = readFileSync(file);
  const cases: [Buffer, string][] = [
    [whole.subarray(0, Math.floor(whole.length / 2)), 'is damaged (its end is missing)'],
    [pack(entries.slice(0, -2)), 'is damaged (its end is missing)'],
    [pack(entries.filter((e) => !e.name.includes('unit_total'))), 'wrong checksum of unit_total'],
    [pack(entries.filter((e) => !e.name.includes('/look/'))), 'is whole'],
    [alter('totals.json', (text) => text.replace(/"rows":\d+/, '"rows":7')), 'wrong checksum of about.json'],
    [alter('about.json', (text) => text.replace(/"createdAt":"2/, '"createdAt":"1')), 'wrong checksum of about.json'],
    [alter('about.json', (text) => text.replace('"format":1', '"format":99')), 'in a newer format'],
    [alter('about.json', (text) => text.replace('"name":"', '"name":"x; drop ')), 'about.json cannot be read'],
    [Buffer.from('PK, not a tar'.repeat(200)), 'is not a backup of Assay'],
    [Buffer.alloc(0), 'is not a backup of Assay'],
  ];
  for (const [bytes, message] of cases) {
    const told = await checkArchive(damagedFile(bytes)).then(
      () => 'is whole',
      (error: Error) => error.message,
    );
    expect(told).toContain(message);
  }
  await expect(checkArchive(join(folder, 'none.tar'))).rejects.toThrow('There is no file');
  await expect(checkArchive(folder)).rejects.toThrow('is not a backup of Assay');
});

async function textOf(path: string): Promise<string> {
  const archive = await openArchive(path);
  try {
    const hash = createHash('sha256');
    for (const { name } of relationsOf(archive.about)) {
      for await (const text of archive.read(name)) hash.update(`${name}:`).update(text);
    }
    return hash.update(JSON.stringify([archive.about, await archive.totals()])).digest('hex');
  } finally {
    await archive.close();
  }
}

it('never takes a changed byte for data', async () => {
  const whole = readFileSync(file);
  const before = await textOf(file);
  let told = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      // Zeros that fill a block, and the hour in a gzip header, may change.
      await textOf(damagedFile(bytes)).then(
        (text) => expect(text).toBe(before),
        (error: Error) => {
          expect(error.name).toBe('ArchiveError');
          told += 1;
        },
      );
    }),
    { numRuns: 150, seed: 3 },
  );
  expect(told).toBeGreaterThan(50);
});

it('leaves the database as it was when the archive is damaged or too new', async () => {
  const entries = await entriesOf(file);
  const flip = (data: Buffer) =>
    Buffer.from(data.map((byte, index) => (index === data.length - 20 ? byte ^ 0xff : byte)));
  const newer = (data: Buffer) => Buffer.from(data.toString().replace(/"when":\d+/, '"when":9999999999999'));
  const cases: [Buffer, RegExp][] = [
    [
      pack(entries.map((e) => (e.name.includes('outcome') ? { ...e, data: flip(e.data) } : e))),
      /part 1 of outcome_\d+ cannot/,
    ],
    [pack(entries.filter((e) => !e.name.includes('unit_total'))), /wrong checksum of unit_total/],
    [pack(entries.map((e) => (e.name === 'about.json' ? { ...e, data: newer(e.data) } : e))), /which is newer/],
  ];
  await withDatabase(async (url) => {
    await restore(url, file);
    const before = await contentsOf(url);
    for (const [bytes, message] of cases) {
      await expect(restore(url, damagedFile(bytes), { force: true })).rejects.toThrow(message);
      expect(await contentsOf(url)).toEqual(before);
    }
  });
});
