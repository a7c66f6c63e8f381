import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { childOptions, commandOf, type PostgresAccount } from './postgres-account.ts';

/** The main process of a PostgreSQL server, as its pid file tells it. */
export interface Postmaster {
  pid: number;
  port: number;
}

/** How often a process that is not our child is looked at. */
export const pollEveryMs = 250;

const maxLogBytes = 16 * 1024 * 1024;

/** The live server of this data folder; a pid file that a crash left behind is removed. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const file = join(dataDir, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => undefined))?.split('\n');
  if (lines === undefined) return undefined;
  const pid = Number(lines[0]);
  if (pid > 0 && (await isAlive(pid)) && (await worksIn(pid, dataDir))) return { pid, port: Number(lines[3]) };
  await rm(file, { force: true });
  return undefined;
}

/** Whether a process runs; one that only waits for its parent to collect it does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(status);
}

/** After a crash the pid may belong to another program, so the pid file alone proves nothing. */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // A postmaster's working folder is its data folder, also when the folder was moved since.
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    if (folder !== undefined) return folder === (await realpath(dataDir));
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(dataDir);
  }
  const ps = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return ps.stdout.includes('postgres') && ps.stdout.includes(dataDir);
}

/** Starts the server in a process group of its own, so that a Ctrl-C meant for us does not reach it. */
export function spawnPostmaster(
  account: PostgresAccount,
  options: { port: number; settings: Record<string, string>; logFile: string },
) {
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC', log_timezone: 'UTC' };
  const settings = Object.entries({ ...fixed, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const dataDir = join(account.clusterDir, 'data');
  const { file, args } = commandOf(account, 'postgres', ['-D', dataDir, '-p', String(options.port), ...settings]);
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(file, args, { ...childOptions(account), detached: true, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Waits until the process has ended; false when the time is up. */
async function hasEnded(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isAlive(pid)) {
    if (Date.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Fast shutdown (open transactions roll back), and harder means when that takes longer than ten seconds. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 6_000],
    ['SIGKILL', 1_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await hasEnded(pid, waitMs)) return;
  }
}

/** A port nobody listens on: the preferred one when that is free. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  return (preferred && (await tryPort(preferred))) || (await tryPort(0)) || refusePorts();
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

function refusePorts(): never {
  throw new EmbeddedPostgresError('PostgreSQL found no free port on 127.0.0.1: set DATABASE_URL.');
}

/** The end of the log as one line, from the byte at which this start began. */
export async function logTail(logFile: string, fromByte: number): Promise<string> {
  const log = await open(logFile, 'r').catch(() => undefined);
  if (log === undefined) return 'it wrote no log';
  try {
    const { size } = await log.stat();
    const start = Math.max(fromByte, size - 8_192);
    const { buffer, bytesRead } = await log.read({ position: start, buffer: Buffer.alloc(Math.max(0, size - start)) });
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    const told = lines.map((line) => line.replace(/^[-\d]+ [:.\d]+ \S+ \[\d+\] /, '').trim()).filter(Boolean);
    return told.slice(-4).join(' / ') || 'it wrote no log';
  } finally {
    await log.close();
  }
}

/** Size of the log; one that has grown too long is set aside first. */
export async function beginLog(logFile: string): Promise<number> {
  const size = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  );
  if (size < maxLogBytes) return size;
  await rename(logFile, `${logFile}.1`);
  return 0;
}
