import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { prepareHome } from './postgres-cluster.ts';
import { createDatabase } from './postgres-connection.ts';
import { adoptOrStart, logFileOf, type RunningPostgres } from './postgres-start.ts';
import { isAlive, logTail, pollEveryMs, stopPostmaster } from './postmaster.ts';

export interface EmbeddedPostgresOptions {
  /** Folder of its own for the cluster, its password, port and log; kept between runs. */
  dataDir: string;
  /** Server settings (`postgres -c name=value`), for example `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
  /** Told, in one line, what people should know although nothing failed. */
  onNotice?: (message: string) => void;
  /** Told, in one line, each time the server ended by itself, before it is started again. */
  onCrash?: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** Of the database `assay`; stays true when the server is restarted after a crash. */
  url: string;
  port: number;
  /** Of the current main process. */
  readonly pid: number;
  /** The server of an earlier run was still alive and is used on. */
  adopted: boolean;
  /** Ends the server: open transactions roll back. Call it last. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from the binaries of an npm package, or adopts the server that an earlier run left alive on the same
 * folder, and restarts it whenever it ends by itself.
 *
 * @throws EmbeddedPostgresError when it cannot run here; the message says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = resolve(options.dataDir);
  let running = await firstStart(home, options);
  const stopping = new AbortController();
  const supervision = supervise().catch(() => undefined);
  let stopped: Promise<void> | undefined;

  async function supervise(): Promise<void> {
    let backOffMs = 100;
    let startedAt = Date.now();
    for (;;) {
      await sleep(pollEveryMs, undefined, { signal: stopping.signal, ref: false });
      if (await isAlive(running.pid)) continue;
      if (Date.now() - startedAt > 60_000) backOffMs = 100;
      options.onCrash?.(
        `PostgreSQL (pid ${running.pid}) ended by itself and is started again: ${await logTail(logFileOf(home), 0)}`,
      );
      for (let up = false; !up; backOffMs = Math.min(backOffMs * 2, 10_000)) {
        await sleep(backOffMs, undefined, { signal: stopping.signal, ref: false });
        try {
          running = await adoptOrStart(home, options, { port: running.port, signal: stopping.signal });
          up = true;
        } catch (error) {
          if (!stopping.signal.aborted) options.onCrash?.(error instanceof Error ? error.message : String(error));
        }
      }
      startedAt = Date.now();
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await supervision;
    await stopPostmaster(running.pid);
  }

  return {
    url: running.url('assay'),
    port: running.port,
    get pid() {
      return running.pid;
    },
    adopted: running.adopted,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function firstStart(home: string, options: EmbeddedPostgresOptions): Promise<RunningPostgres> {
  try {
    await prepareHome(home);
    const running = await adoptOrStart(home, options);
    await createDatabase(running.url, 'assay');
    return running;
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedPostgresError(`PostgreSQL cannot run in ${home}: ${reason}`, { cause: error });
  }
}
