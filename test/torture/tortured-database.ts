import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/postgres/embedded-postgres.ts';
import { readPassword } from '../../server/postgres/postgres-cluster.ts';
import { urlMaker } from '../../server/postgres/postgres-connection.ts';
import { stopPostmaster } from '../../server/postgres/postmaster.ts';
import type { Dice } from './dice.ts';

/** A PostgreSQL that keeps its promises (fsync on), to be killed. Whoever supervises it brings it back. */
export interface TorturedDatabase {
  /** The main process; null while there is none. */
  pid(): number | null;
  /** Past all rough lines. */
  url(): Promise<string>;
  /** Brings it back where it has ended with its server. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** Supervised by this process, with our own launcher. */
export async function sharedDatabase(folder: string): Promise<TorturedDatabase> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  return {
    pid: () => postgres.pid,
    url: async () => postgres.url,
    revive: async () => undefined,
    stop: () => postgres.stop(),
  };
}

/** That of a server which was started without DATABASE_URL and supervises it. */
export function ownDatabase(serverDataDir: string): TorturedDatabase {
  const home = join(serverDataDir, 'postgres');
  let revived: EmbeddedPostgres | null = null;
  const cluster = () => {
    const moved = join(home, 'moved-to');
    return existsSync(moved) ? readFileSync(moved, 'utf8').trim() : join(home, 'cluster');
  };
  const told = () => {
    const file = join(cluster(), 'data', 'postmaster.pid');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').map(Number) : [];
  };
  const pid = () => told()[0] || null;
  return {
    pid,
    url: async () => urlMaker(told()[3] ?? 0, await readPassword(cluster()))('assay'),
    async revive() {
      revived = await startEmbeddedPostgres({ dataDir: home });
    },
    async stop() {
      const orphan = pid();
      if (revived) await revived.stop();
      else if (orphan !== null) await stopPostmaster(orphan);
    },
  };
}

/** Lends connections to it. */
export async function withPool<T>(url: string, use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // What a connection says when its server ends, after the last query.
  pool.on('error', () => undefined);
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
}

/**
 * SIGKILL for the main process and all its children, which without it would finish what they are at. They are frozen
 * before, so that what was sent to them last, commits above all, is under way when they end.
 */
export async function killDatabase(database: TorturedDatabase, frozenMs: number): Promise<boolean> {
  const pid = database.pid();
  if (pid === null) return false;
  const all = [pid, ...childrenOf(pid)];
  for (const each of all) signal(each, 'SIGSTOP');
  await sleep(frozenMs);
  return all.map((each) => signal(each, 'SIGKILL')).some(Boolean);
}

/** SIGKILL for one of its children: PostgreSQL then ends all connections and recovers by itself. */
export function killBackend(database: TorturedDatabase, dice: Dice): boolean {
  const pid = database.pid();
  const children = pid === null ? [] : childrenOf(pid);
  return children.length > 0 && signal(dice.pick(children), 'SIGKILL');
}

/** Linux tells them; elsewhere nobody is found. */
export function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const list = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return list.trim().split(' ').filter(Boolean).map(Number);
}

/** False when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
