import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { chooseAccount, locateCluster } from './postgres-account.ts';
import { locateBinaries } from './postgres-binaries.ts';
import { ensureCluster, readPassword } from './postgres-cluster.ts';
import { answers, urlMaker } from './postgres-connection.ts';
import {
  beginLog,
  choosePort,
  findPostmaster,
  isAlive,
  logTail,
  type Postmaster,
  pollEveryMs,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.ts';

/** A server that answered. */
export interface RunningPostgres extends Postmaster {
  adopted: boolean;
  /** Connection string of one of its databases. */
  url: (database: string) => string;
}

interface StartOptions {
  settings?: Record<string, string>;
  onNotice?: (message: string) => void;
}

/** A restart comes back on the port that clients know, never makes a new cluster, and can be called off. */
interface Restart {
  port: number;
  signal: AbortSignal;
}

/** The log of the server, in the folder given as `dataDir`. */
export function logFileOf(home: string): string {
  return join(home, 'server.log');
}

/** Uses the live server of this folder, or starts one. */
export async function adoptOrStart(home: string, options: StartOptions, restart?: Restart): Promise<RunningPostgres> {
  for (let attempt = 0; ; attempt++) {
    try {
      const running = (await adopt(await locateCluster(home))) ?? (await start(home, options, restart));
      await writeFile(join(home, 'port'), `${running.port}\n`);
      return running;
    } catch (error) {
      // Another process took the port or the folder first, or orphans of a killed server are still leaving.
      const passes = error instanceof EmbeddedPostgresError && /in use|already exists/.test(error.message);
      if (!passes || attempt === 5 || restart?.signal.aborted) throw error;
      await sleep(100 * 2 ** attempt);
    }
  }
}

async function adopt(clusterDir: string): Promise<RunningPostgres | undefined> {
  const postmaster = await findPostmaster(join(clusterDir, 'data'));
  if (postmaster === undefined) return undefined;
  const url = urlMaker(postmaster.port, await readPassword(clusterDir));
  const ended = new AbortController();
  const watch = setInterval(async () => (await isAlive(postmaster.pid)) || ended.abort(), pollEveryMs);
  try {
    return (await answers(url, ended.signal)) ? { ...postmaster, url, adopted: true } : undefined;
  } finally {
    clearInterval(watch);
  }
}

async function start(home: string, options: StartOptions, restart?: Restart): Promise<RunningPostgres> {
  const settings = options.settings ?? {};
  const account = await chooseAccount(home, await locateBinaries(), options.onNotice ?? (() => undefined));
  if (!restart) await ensureCluster(home, account, settings.fsync !== 'off');
  const port = restart?.port ?? (await choosePort(await storedPort(home)));
  const url = urlMaker(port, await readPassword(account.clusterDir));
  const logFile = logFileOf(home);
  const logStart = await beginLog(logFile);
  restart?.signal.throwIfAborted();

  const child = spawnPostmaster(account, { port, settings, logFile });
  const ended = new AbortController();
  const exit = once(child, 'exit').then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const until = restart ? AbortSignal.any([restart.signal, ended.signal]) : ended.signal;
  if (child.pid !== undefined) {
    if (await answers(url, until)) return { pid: child.pid, port, url, adopted: false };
    await stopPostmaster(child.pid);
  }
  await exit;
  throw new EmbeddedPostgresError(`PostgreSQL did not start in ${home}: ${await logTail(logFile, logStart)}`);
}

async function storedPort(home: string): Promise<number | undefined> {
  const port = Number(await readFile(join(home, 'port'), 'utf8').catch(() => ''));
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}
