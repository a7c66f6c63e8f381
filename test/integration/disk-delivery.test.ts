import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { connect } from '@assay-ml/sdk';
import { disk } from '@assay-ml/sdk/node';
import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { eventually, keptBatches, unitsOf } from '../sdk/disk-fixture.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { caller, TEST_ADMIN_KEY } from './test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-disk-delivery-'));
let database: TestDatabase;
let pool: pg.Pool;
let server: RunningServer;
let url: string;
let key: string;

async function start(port: number): Promise<void> {
  const env = { DATABASE_URL: database.url, PORT: String(port), ASSAY_DATA_DIR: join(folder, 'data') };
  const config = readConfig({ ...env, ASSAY_ADMIN_KEY: TEST_ADMIN_KEY, LOG_LEVEL: 'silent' });
  server = await startServer(config, pino({ level: 'silent' }));
  url = `http://localhost:${server.port}`;
}

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await start(0);
  const api = caller(url, TEST_ADMIN_KEY);
  key = (await api<{ secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'test' })).body.secret;
});
afterAll(async () => {
  await pool.end();
  await server.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function stored(unitsLike: string): Promise<string[]> {
  const { rows } = await pool.query<{ unit_id: string }>('select unit_id from outcome where unit_id like $1', [
    unitsLike,
  ]);
  return rows.map(({ unit_id }) => unit_id).sort();
}

test('The server takes compressed batches', async () => {
  const assay = await connect({ url, key, gzip: true });
  for (let i = 0; i < 2000; i++) assay.outcome('click', { unit: `gzip-${i}-日本` });
  expect(await assay.close()).toEqual({ delivered: true });
  expect(assay.counters()).toMatchObject({ sent: 2000, errors: 0 });
  expect(new Set(await stored('gzip-%')).size).toBe(2000);
  expect(await stored('gzip-%')).toHaveLength(2000);
});

test('Events of a process that is killed while the server is away are in the database once, also if sent twice', async () => {
  const { port } = server;
  await server.stop();
  const script = new URL('../sdk/closing-service.ts', import.meta.url).pathname;
  const args = ['--conditions=@assay-ml/source', '--import', 'tsx', script, url, key, folder, 'killed'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  await eventually(() => unitsOf(keptBatches(folder)).length === 40, 'the disk');
  const killed = once(child, 'exit');
  child.kill('SIGKILL');
  await killed;
  const kept = keptBatches(folder);
  const copies = join(folder, 'copies');
  mkdirSync(copies);
  for (const { path } of kept) copyFileSync(path, join(copies, basename(path)));

  await start(port);
  for (let round = 0; round < 2; round++) {
    const assay = await connect({ url, key, disk: disk(folder) });
    await eventually(() => assay.counters().sent === 40, 'delivery');
    expect(await assay.close()).toEqual({ delivered: true });
    // The crash that comes between the answer and the end of the file.
    if (round === 0) {
      const scope = join(kept[0]!.path, '..', '..', 'left-behind');
      mkdirSync(scope);
      for (const { path } of kept) copyFileSync(join(copies, basename(path)), join(scope, basename(path)));
    }
  }
  expect(await stored('killed-%')).toEqual(unitsOf(kept).sort());
});
