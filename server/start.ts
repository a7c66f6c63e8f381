import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { register } from 'prom-client';
import { createKey, type EnvironmentRow, firstEnvironment, hasAdminKey, KeyRevokedError } from './auth/key-store.ts';
import type { Config } from './config.ts';
import { databaseOf } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { connectionsNeeded, openPool, warnOfFewConnections } from './db/pool.ts';
import { watchDisk } from './disk/disk-watch.ts';
import { startJobs } from './jobs.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded-postgres.ts';
import { takePort } from './processes/front.ts';
import { ownFront } from './processes/own-front.ts';
import { workerFront } from './processes/worker-front.ts';
import { watchRulesets } from './ruleset/ruleset-watch.ts';
import type { Services } from './services.ts';
import { StartError } from './start-error.ts';

/** Hosts to listen on that people reach as localhost. */
const LOCAL = ['127.0.0.1', '0.0.0.0', '::', '::1'];
const SIGN_IN_HOURS = 12;

export interface RunningServer {
  /** Address for people and services, without a slash at its end. */
  url: string;
  /** Port it listens on. */
  port: number;
  services: Services;
  environment: EnvironmentRow;
  /** Set when this start made the first admin key: the only time its secret can be shown. */
  newAdminKey: string | null;
  /** A link that signs its reader in; good for twelve hours. */
  signInLink(): Promise<string>;
  /** Finishes what is in flight, then ends everything; the embedded PostgreSQL last. */
  stop(): Promise<void>;
}

/**
 * Starts the whole server: port first (so that a second start fails before it touches anything), then PostgreSQL,
 * migrations, HTTP and background work.
 *
 * @param workerEntry the program that workers run (`processes/worker-front.ts`), as many as the settings say; without it
 *   this one process serves
 */
export async function startServer(
  settings: Config,
  log: Logger,
  now: () => Date = () => new Date(),
  workerEntry?: string,
): Promise<RunningServer> {
  const config = { ...settings, processes: workerEntry === undefined ? 1 : settings.processes };
  const front = workerEntry === undefined || config.processes === 1 ? ownFront() : workerFront(workerEntry, log);
  const port = await takePort(front, config, log);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const postgres = config.databaseUrl ? null : await startOwnPostgres(config, log);
    if (postgres) undo.unshift(() => postgres.stop());
    const databaseUrl = config.databaseUrl ?? postgres?.url ?? '';
    await migrateOrExplain(databaseUrl, config);
    const pool = openPool(databaseUrl, config.databasePoolSize, log);
    undo.unshift(() => pool.end());
    await warnOfFewConnections(pool, config, log);
    const db = databaseOf(pool);
    const rulesets = watchRulesets(db, log, now);
    undo.unshift(async () => rulesets.stop());
    const disk = await watchDisk(config, log);
    const services: Services = { pool, db, config, log, rulesets, now, disk, metricsText: () => register.metrics() };
    const environment = await firstEnvironment(db);
    const newAdminKey = await ensureAdminKey(services, environment);
    await front.open(services, databaseUrl);
    const jobs = startJobs(services);
    const url = config.publicUrl ?? `http://${LOCAL.includes(config.host) ? 'localhost' : config.host}:${port}`;
    log.info({ url, processes: config.processes }, 'ready');
    return {
      url,
      port,
      services,
      environment,
      newAdminKey,
      signInLink: () => makeSignInLink(services, environment, url),
      async stop() {
        rulesets.stop();
        disk.stop();
        await Promise.all([front.close(), jobs.stop()]);
        await pool.end();
        await postgres?.stop();
      },
    };
  } catch (error) {
    for (const each of [() => front.close(), ...undo]) await each().catch(() => undefined);
    throw error;
  }
}

const MB = 2 ** 20;

function startOwnPostgres(config: Config, log: Logger): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    settings: {
      max_connections: String(Math.max(100, connectionsNeeded(config))),
      // PostgreSQL's own choices are for the smallest machines: rows of units leave so small a cache before they return.
      shared_buffers: `${Math.round(Math.min(1024, Math.max(128, totalmem() / MB / 4)))}MB`,
      max_wal_size: '2GB',
    },
    onNotice: (message) => log.info(message),
    onCrash: (message) => log.warn(message),
  });
}

async function migrateOrExplain(databaseUrl: string, config: Config): Promise<void> {
  try {
    await migrate(databaseUrl);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
    const what = config.databaseUrl ? 'the database of DATABASE_URL' : 'its database';
    throw new StartError(`Cannot prepare ${what}: ${reason.split('\n')[0]}.`, { cause: error });
  }
}

async function ensureAdminKey({ db, config }: Services, environment: EnvironmentRow): Promise<string | null> {
  if (config.adminKey) {
    const name = 'ASSAY_ADMIN_KEY';
    const key = { environmentId: environment.id, kind: 'admin' as const, name, secret: config.adminKey };
    await createKey(db, key).catch((error: unknown) => {
      if (!(error instanceof KeyRevokedError)) throw error;
      throw new StartError('The key of ASSAY_ADMIN_KEY was revoked: set it to another one.', { cause: error });
    });
    return null;
  }
  if (await hasAdminKey(db)) return null;
  return (await createKey(db, { environmentId: environment.id, kind: 'admin', name: 'first admin key' })).secret;
}

async function makeSignInLink({ db, now }: Services, environment: EnvironmentRow, url: string): Promise<string> {
  const expiresAt = new Date(now().getTime() + SIGN_IN_HOURS * 3_600_000);
  const key = await createKey(db, { environmentId: environment.id, kind: 'sign_in', name: 'sign-in link', expiresAt });
  return `${url}/sign-in#token=${key.secret}`;
}
