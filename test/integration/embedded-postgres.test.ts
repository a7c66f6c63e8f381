import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/postgres/embedded-postgres.ts';
import { EmbeddedPostgresError } from '../../server/postgres/embedded-postgres-error.ts';
import { isAlive } from '../../server/postgres/postmaster.ts';

const settings = { fsync: 'off' };
const launcher = pathToFileURL(join(import.meta.dirname, '../../server/postgres/embedded-postgres.ts')).href;

let dataDir: string;
let started: EmbeddedPostgres[];

beforeEach(async () => {
  // With this name the next run removes what a killed run leaves (see cluster.ts).
  dataDir = await mkdtemp(join(tmpdir(), `assay-test-${process.pid}-a folder-`));
  started = [];
});

afterEach(async () => {
  for (const server of started.reverse()) await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings, ...options });
  started.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

/** A Node process of its own that starts the server and tells its pid and port. */
function startInChild() {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(launcher)};
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: { fsync: 'off' } });
    console.log(JSON.stringify({ pid: server.pid, port: server.port }));
    setInterval(() => undefined, 1000);`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dataDir], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a start', () => {
  it('makes a UTF-8 database that only the password opens, and keeps data and port for the next start', async () => {
    const first = await start();
    expect(await query(first.url, 'select current_database() as name')).toEqual({ name: 'assay' });
    expect(await query(first.url, 'show server_encoding')).toEqual({ server_encoding: 'UTF8' });
    expect(await query(first.url, 'show fsync')).toEqual({ fsync: 'off' });
    const wrong = new URL(first.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    await query(first.url, 'create table kept as select 7 as n');
    await first.stop();
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);
    expect(existsSync(join(dataDir, 'cluster/data/postmaster.pid'))).toBe(false);
    expect(await readFile(join(dataDir, 'server.log'), 'utf8')).toContain('database system is shut down');

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select n from kept')).toEqual({ n: 7 });
  });

  it('adopts the server that a killed process left behind', async () => {
    const child = startInChild();
    const told = await new Promise<{ pid: number; port: number }>((resolve) =>
      child.stdout.once('data', (data) => resolve(JSON.parse(String(data)))),
    );
    child.kill('SIGKILL');
    const server = await start();
    expect(server).toMatchObject({ adopted: true, ...told });
    await server.stop();
    expect(await isAlive(told.pid)).toBe(false);
  });

  it('runs twice on one folder at the same time', async () => {
    const servers = await Promise.all([start(), start()]);
    expect(servers[0].url).toBe(servers[1].url);
    expect(servers.filter((server) => server.adopted).length).toBeGreaterThanOrEqual(1);
  });

  it('takes another port when the stored one is taken', async () => {
    const first = await start();
    await first.stop();
    const { createServer } = await import('node:net');
    const squatter = createServer().listen(first.port, '127.0.0.1');
    const second = await start();
    squatter.close();
    expect(second.port).not.toBe(first.port);
  });

  it('ignores a pid file whose number now belongs to another program', async () => {
    const first = await start();
    await first.stop();
    const stale = `${process.pid}\n${dataDir}/cluster/data\n1\n${first.port}\n\n127.0.0.1\n0 0\nready   \n`;
    await writeFile(join(dataDir, 'cluster/data/postmaster.pid'), stale);
    const second = await start();
    expect(second).toMatchObject({ adopted: false, port: first.port });
  });

  it('starts afresh after initdb was killed in the middle', async () => {
    const child = startInChild();
    const isInitialising = async () => {
      const names = await readdir(dataDir).catch(() => []);
      const partial = names.find((name) => name.startsWith(`cluster.init-${child.pid}-`));
      return partial !== undefined && existsSync(join(dataDir, partial, 'data', 'PG_VERSION'));
    };
    while (!(await isInitialising())) await sleep(2);
    child.kill('SIGKILL');
    expect(existsSync(join(dataDir, 'cluster'))).toBe(false);
    await new Promise((resolve) => child.once('exit', resolve));
    const server = await start();
    expect(await query(server.url, 'select 1 as n')).toEqual({ n: 1 });
    await server.stop();
    await start();
    expect((await readdir(dataDir)).filter((name) => name.includes('.init-'))).toEqual([]);
  });

  it('replaces a cluster folder that was never finished', async () => {
    await mkdir(join(dataDir, 'cluster/data/base'), { recursive: true });
    const server = await start();
    expect(await query(server.url, 'select 1 as n')).toEqual({ n: 1 });
  });
});

describe('a server that ends by itself', () => {
  it.each(['own', 'adopted'])('comes back on the same port with its data (%s)', async (kind) => {
    const first = await start();
    await query(first.url, 'create table kept as select 7 as n');
    const onCrash = vi.fn();
    // Both handles watch; whichever sees the end first restarts the server, and the other adopts it.
    const server = kind === 'own' ? first : await start({ onCrash });
    const killed = server.pid;
    process.kill(killed, 'SIGKILL');
    await vi.waitFor(async () => expect(await query(server.url, 'select n from kept')).toEqual({ n: 7 }), 20_000);
    await vi.waitFor(() => expect(server.pid).not.toBe(killed), 5_000);
    if (kind === 'adopted') expect(onCrash.mock.calls[0]?.[0]).toContain(`PostgreSQL (pid ${killed}) ended by itself`);
  });

  it('stays down after stop(), also when stop() comes during the restart', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await sleep(400);
    await server.stop();
    await sleep(600);
    await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a folder that cannot be used', () => {
  async function problem(folder = dataDir): Promise<string> {
    const error = await start({ dataDir: folder }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmbeddedPostgresError);
    const { message } = error as EmbeddedPostgresError;
    expect(message).not.toContain('\n');
    return message;
  }

  it('is told apart: a file is in its place', async () => {
    await writeFile(join(dataDir, 'taken'), 'a file');
    const below = join(dataDir, 'taken', 'postgres');
    expect(await problem(below)).toBe(
      `The database folder ${below} cannot be used: a file is in its place: move the file away.`,
    );
  });

  it('is told apart: data of another major version', async () => {
    await mkdir(join(dataDir, 'cluster/data'), { recursive: true });
    await writeFile(join(dataDir, 'cluster/data/PG_VERSION'), '14\n');
    expect(await problem()).toContain('it was made by PostgreSQL 14, and this is 18');
  });

  it('is told apart: something deleted files of a cluster', async () => {
    await mkdir(join(dataDir, 'cluster/data/global'), { recursive: true });
    await writeFile(join(dataDir, 'cluster/data/global/pg_control'), '');
    expect(await problem()).toContain('PG_VERSION is missing: restore the folder from a backup');
  });

  it.skipIf(process.getuid?.() === 0)('is told apart: no permission', async () => {
    await mkdir(dataDir, { recursive: true });
    await chmod(dataDir, 0o500);
    expect(await problem()).toContain('this process may not write there (EACCES): run as the owner of the folder');
  });

  it('quotes the log when the server refuses to start', async () => {
    const error = await start({ settings: { shared_buffers: 'much' } }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('PostgreSQL did not start');
    expect(String(error)).toContain('invalid value for parameter "shared_buffers": "much"');
  });
});
