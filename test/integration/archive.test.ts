import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@assay-ml/sdk';
import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ArchiveSummary, backup } from '../../server/archive/backup.ts';
import { checkArchive, restore } from '../../server/archive/restore.ts';
import { readTar, TAR_END, type TarEntry, tarEntry } from '../../server/archive/tar.ts';
import { readConfig } from '../../server/config.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { keepPartitions } from '../../server/db/partitions.ts';
import { startServer } from '../../server/start.ts';
import { createTestDatabase, withDatabase } from './database.ts';
import { contentsOf, forgetReportTime } from './database-contents.ts';
import { caller, draftExperiment, startTestServer, TEST_ADMIN_KEY, type TestServer, until } from './test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-test-archive-'));
const file = join(folder, 'a.assay.tar');
let test: TestServer;
let summary: ArchiveSummary;

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
  summary = await backup(test.database.url, file, { now: new Date() });
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

it('restores into another database what the backup held: every row, the keys, the report; and work goes on', async () => {
  expect(summary.rows).toBeGreaterThan(300);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = await reportOf(test.api, 'kept');
  await withDatabase(async (url) => {
    const source = await contentsOf(test.database.url);
    expect(await restore(url, file)).toMatchObject({ rows: summary.rows });
    const copy = await contentsOf(url);
    // Versions of the ruleset begin beyond those that SDKs may have seen.
    for (const contents of [source, copy]) delete contents.ruleset_version;
    expect(copy).toEqual(source);
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

it('is one instant, while batches arrive, days are added and rows change', async () => {
  const moving = join(folder, 'moving.tar');
  const pool = new pg.Pool({ connectionString: test.database.url });
  const arriving = expose(1_000, 4_000);
  await until(async () => units(await reportOf(test.api, 'kept')) > 500);
  const copying = backup(test.database.url, moving, { now: new Date() });
  // Days ahead, made while days are read.
  await keepPartitions(pool, new Date(Date.now() + 5 * 86_400_000));
  await Promise.all([copying, arriving]);
  await pool.end();
  await withDatabase(async (url) => {
    await restore(url, moving);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ rolled: number; counted: number }>(
      `select (select count(distinct e.unit_id)::int from exposure e join batch b using (batch_id)
               where b.rolled_at is not null) as rolled,
         (select sum(n)::int from unit_count where segment_id = 0) as counted`,
    );
    await client.end();
    expect(rows[0]?.rolled).toBeGreaterThan(500);
    expect(rows[0]?.counted).toBe(rows[0]?.rolled);
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
    await expect(restore(url, file, { force: true })).resolves.toMatchObject({ rows: summary.rows });
    const again = join(folder, 'again.tar');
    writeFileSync(again, 'old');
    chmodSync(again, 0o644);
    await backup(url, again, { now: new Date(), force: true });
    expect(statSync(again).mode & 0o777).toBe(0o600);
    await expect(checkArchive(again)).resolves.toMatchObject({ rows: summary.rows });
  });
});

async function entriesOf(): Promise<TarEntry[]> {
  const { open } = await import('node:fs/promises');
  const handle = await open(file, 'r');
  const entries: TarEntry[] = [];
  for await (const entry of readTar(handle, file)) entries.push(entry);
  await handle.close();
  return entries;
}

it('leaves the database as it was when the archive is damaged, wherever', async () => {
  const entries = await entriesOf();
  const pack = (list: TarEntry[]) =>
    Buffer.concat([...list.map((entry) => tarEntry(entry, new Date(summary.about.createdAt))), TAR_END]);
  const alter = (name: RegExp, change: (text: string) => string) =>
    pack(
      entries.map((e) =>
        name.test(e.name) ? { ...e, data: Buffer.from(change(e.data.toString('latin1')), 'latin1') } : e,
      ),
    );
  const whole = readFileSync(file);
  const flipped = Buffer.from(whole);
  const at = whole.indexOf('tables/outcome') + 512 + 200;
  flipped[at] = (flipped[at] ?? 0) ^ 0xff;
  const cases: [string, Buffer, string | RegExp][] = [
    ['cut off in a table', whole.subarray(0, Math.floor(whole.length / 2)), 'is damaged (it is cut off after'],
    ['cut off before its lists', pack(entries.slice(0, -2)), 'is damaged (its end is missing)'],
    ['a byte of a table', flipped, /is damaged \(part 1 of outcome_\d+ cannot be unpacked\)/],
    ['a table is missing', pack(entries.filter((e) => !e.name.includes('unit_total'))), 'wrong checksum of unit_total'],
    [
      'the lists were edited',
      alter(/^totals/, (text) => text.replace(/"rows":\d+/, '"rows":7')),
      'wrong checksum of about',
    ],
    ['the schema was edited', alter(/^about/, (text) => text.replace('0.1.0', '0.2.0')), 'wrong checksum of about'],
    ['something else', Buffer.from('PK, not a tar'.repeat(200)), 'is not a backup of Assay'],
    ['nothing', Buffer.alloc(0), 'is not a backup of Assay'],
    ['a newer schema', alter(/^about/, (text) => text.replace(/"when":\d+/, '"when":9999999999999')), 'which is newer'],
    ['a newer format', alter(/^about/, (text) => text.replace('"format":1', '"format":99')), 'in a newer format'],
  ];
  const database = await createTestDatabase();
  try {
    await restore(database.url, file);
    const before = await contentsOf(database.url);
    for (const [what, bytes, message] of cases) {
      const path = join(folder, 'damaged.tar');
      writeFileSync(path, bytes);
      await expect(restore(database.url, path, { force: true }), what).rejects.toThrow(message);
      expect(await contentsOf(database.url), what).toEqual(before);
    }
    await expect(restore(database.url, join(folder, 'none.tar'))).rejects.toThrow('There is no file');
  } finally {
    await database.drop();
  }
});
