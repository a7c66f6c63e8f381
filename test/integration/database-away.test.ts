import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@assay-ml/sdk';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { caller, draftExperiment, TEST_ADMIN_KEY, until } from './test-server.ts';

/** A server with a PostgreSQL of its own, which this test kills. */
let server: RunningServer;
let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'assay-test-away-'));
  const config = readConfig({
    PORT: '0',
    ASSAY_DATA_DIR: dataDir,
    ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
    LOG_LEVEL: 'silent',
  });
  server = await startServer(config, pino({ level: 'silent' }));
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

it('loses nothing when PostgreSQL is killed while events arrive: 503 meanwhile, every event once afterwards', async () => {
  const url = `http://localhost:${server.port}`;
  const api = caller(url, TEST_ADMIN_KEY);
  await draftExperiment({ api }, { key: 'away', windowSeconds: 60 });
  await api('POST', '/api/experiments/away/start');
  const key = (await api<{ secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'test' })).body.secret;
  const assay = await connect({ url, key, flushEveryMs: 20, onError: () => undefined });
  const { pool } = server.services;
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  let sent = 0;
  const send = (n: number) => {
    for (let i = 0; i < n; i++) assay.outcome('away-click', { unit: `u${sent}`, value: sent++ });
  };
  send(300);
  await assay.flush();
  // A backend that dies by SIGKILL makes the whole PostgreSQL crash and recover.
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  const sawAway = { ready: false, events: false };
  for (let i = 0; i < 60 && assay.counters().queued + i < 1_000; i++) {
    send(20);
    const ready = await fetch(`${url}/readyz`);
    if (ready.status === 503) sawAway.ready = true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(async () => (await fetch(`${url}/readyz`)).status === 200);
  expect(await assay.flush({ timeoutMs: 60_000 })).toEqual({ delivered: true });
  await assay.close();
  expect(assay.counters()).toMatchObject({ dropped: {}, queued: 0 });
  const stored = await pool.query<{ n: number; distinct: number }>(
    `select count(*)::int as n, count(distinct value)::int as distinct from outcome where name = 'away-click'`,
  );
  expect(stored.rows[0]).toEqual({ n: sent, distinct: sent });
}, 120_000);
