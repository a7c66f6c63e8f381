import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { until } from './test-server.ts';

/** The production process as people start it, on a PostgreSQL of its own. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await ended(child, 'SIGTERM');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}, 60_000);

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-process-'));
  folders.push(folder);
  return folder;
}

function start(env: Record<string, string>): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', 'server/main.ts'], {
    cwd: root,
    env: { ...process.env, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  child.stderr?.on('data', (part) => {
    text += part;
  });
  return { child, output: () => text };
}

function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  if (signal) child.kill(signal);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

const ready = (port: number) => async () =>
  (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200;
const postmasterOf = (dataDir: string) => {
  const file = join(dataDir, 'postgres', 'cluster', 'data', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
};
const lives = (pid: number) => existsSync(`/proc/${pid}`);

it('shows its first admin key once, and ends itself and then PostgreSQL when the signal comes twice, as under npm', async () => {
  const [port, dataDir] = [await freePort(), newFolder()];
  const first = start({ PORT: String(port), ASSAY_DATA_DIR: dataDir });
  await until(ready(port), 60_000);
  await until(async () => first.output().includes('sign-in#token='));
  const key = /assay_admin_\S+/.exec(first.output())?.[0] ?? '';
  const answer = await fetch(`http://127.0.0.1:${port}/api/slots`, { headers: { Authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  const postmaster = postmasterOf(dataDir) ?? 0;
  expect(lives(postmaster)).toBe(true);
  first.child.kill('SIGINT');
  first.child.kill('SIGINT');
  expect(await ended(first.child)).toBe(0);
  expect(lives(postmaster)).toBe(false);
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
