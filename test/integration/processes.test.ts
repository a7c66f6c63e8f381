import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import {
  ended,
  endProcesses,
  freePort,
  lives,
  newFolder,
  postmasterOf,
  ready,
  signalGroup,
  start,
  workersOf,
} from './process-fixture.ts';
import { until } from './test-server.ts';

/** The production server on a PostgreSQL of its own. */
afterEach(endProcesses, 60_000);

it('shows its first admin key once, and ends itself and then PostgreSQL when Ctrl-C comes twice, as under npm', async () => {
  const [port, dataDir] = [await freePort(), newFolder()];
  const first = start({ PORT: String(port), ASSAY_DATA_DIR: dataDir });
  await until(ready(port), 60_000);
  await until(async () => first.output().includes('sign-in#token='));
  const key = /assay_admin_\S+/.exec(first.output())?.[0] ?? '';
  const answer = await fetch(`http://127.0.0.1:${port}/api/slots`, { headers: { Authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  const postmaster = postmasterOf(dataDir) ?? 0;
  expect(lives(postmaster)).toBe(true);
  const workers = workersOf(first.child);
  expect(workers).toHaveLength(2);
  signalGroup(first.child, 'SIGINT');
  signalGroup(first.child, 'SIGINT');
  expect(await ended(first.child)).toBe(0);
  expect([postmaster, ...workers].filter(lives)).toEqual([]);
  expect(first.output()).not.toContain('ended by itself');
}, 90_000);

it('starts again after SIGKILL with all its data, on the PostgreSQL that was left alive', async () => {
  const [port, dataDir] = [await freePort(), newFolder()];
  const env = { PORT: String(port), ASSAY_DATA_DIR: dataDir, ASSAY_ADMIN_KEY: 'an-admin-key-of-enough-characters' };
  const headers = { Authorization: `Bearer ${env.ASSAY_ADMIN_KEY}`, 'Content-Type': 'application/json' };
  const first = start(env);
  await until(ready(port), 60_000);
  const body = JSON.stringify({ key: 'kept', variants: [{ key: 'a' }], champion: 'a' });
  expect((await fetch(`http://127.0.0.1:${port}/api/slots`, { method: 'POST', headers, body })).status).toBe(201);
  await ended(first.child, 'SIGKILL');
  const postmaster = postmasterOf(dataDir) ?? 0;
  expect(lives(postmaster)).toBe(true);
  start(env);
  await until(ready(port), 60_000);
  expect(postmasterOf(dataDir)).toBe(postmaster);
  expect((await fetch(`http://127.0.0.1:${port}/api/slots/kept`, { headers })).status).toBe(200);
}, 90_000);

it('says in one line what is wrong, with exit code 1: a port in use, an unusable data folder, wrong settings', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dataDir = newFolder();
  const inUse = start({ PORT: String(port), ASSAY_DATA_DIR: dataDir });
  expect(await ended(inUse.child)).toBe(1);
  expect(inUse.output()).toBe(`Port ${port} is in use: stop what listens there, or set PORT to another port.\n`);
  expect(postmasterOf(dataDir)).toBeNull();
  taken.close();

  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  const unusable = start({ PORT: '0', ASSAY_DATA_DIR: file });
  expect(await ended(unusable.child)).toBe(1);
  expect(unusable.output().trim().split('\n')).toHaveLength(1);
  expect(unusable.output()).toContain(file);

  const wrong = start({ PORT: 'no', DATABASE_URL: 'mysql://x' });
  expect(await ended(wrong.child)).toBe(1);
  expect(wrong.output()).toContain('PORT');
  expect(wrong.output()).toContain('DATABASE_URL');
}, 90_000);
