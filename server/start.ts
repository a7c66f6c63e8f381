import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { createKey, type EnvironmentRow, firstEnvironment, hasAdminKey, KeyRevokedError } from './auth/key-store.ts';
import type { Config } from './config.ts';
import { databaseOf } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { AssayError } from './http/errors.ts';
import { createIngest } from './ingest/ingest.ts';
import { startJobs } from './jobs.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded-postgres.ts';
import { watchRulesets } from './ruleset/ruleset-watch.ts';
import type { Services } from './services.ts';

/** Time that requests in flight get when the server stops. */
const STOP_MS = 10_000;
/** Hosts to listen on that people reach as localhost. */
const LOCAL = ['127.0.0.1', '0.0.0.0', '::', '::1'];
/** Time a client has to send a whole request: a slow one must not hold its room for ever. */
const REQUEST_MS = 60_000;
const SIGN_IN_HOURS = 12;
const STARTING = new AssayError('starting', 'The server is starting: try again in a second.');

/** A failed start: the message is one line that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

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
 * migrations, routes and background work.
 */
export async function startServer(
  config: Config,
  log: Logger,
  now: () => Date = () => new Date(),
): Promise<RunningServer> {
  const http = createServer((_request, response) => {
    response.writeHead(STARTING.status, { 'Retry-After': '1', 'Content-Type': 'application/json' });
    response.end(JSON.stringify(STARTING.body()));
  });
  http.requestTimeout = REQUEST_MS;
  const port = await listen(http, config);
  const undo: (() => Promise<unknown>)[] = [() => closeHttp(http)];
  try {
    const postgres = config.databaseUrl ? null : await startOwnPostgres(config, log);
    if (postgres) undo.unshift(() => postgres.stop());
    const databaseUrl = config.databaseUrl ?? postgres?.url ?? '';
    await migrateOrExplain(databaseUrl, config);
    const pool = openPool(databaseUrl, config, log);
    undo.unshift(() => pool.end());
    const db = databaseOf(pool);
    const rulesets = watchRulesets(db, log, now);
    const services: Services = { pool, db, config, log, rulesets, now };
    const ingest = createIngest({ pool, catalogue: rulesets, now: () => now().getTime() });
    let stopping = false;
    const app = createApp(services, ingest, () => stopping);
    http.removeAllListeners('request');
    http.on('request', app);
    const environment = await firstEnvironment(db);
    const newAdminKey = await ensureAdminKey(services, environment);
    const jobs = startJobs(services);
    const url = config.publicUrl ?? `http://${LOCAL.includes(config.host) ? 'localhost' : config.host}:${port}`;
    log.info({ url }, 'ready');
    return {
      url,
      port,
      services,
      environment,
      newAdminKey,
      signInLink: () => makeSignInLink(services, environment, url),
      async stop() {
        stopping = true;
        rulesets.stop();
        await Promise.all([ingest.drain(), jobs.stop(), closeHttp(http)]);
        await pool.end();
        await postgres?.stop();
      },
    };
  } catch (error) {
    for (const each of undo) await each().catch(() => undefined);
    throw error;
  }
}

function listen(http: Server, config: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${config.host}:${config.port}`;
      if (error.code === 'EADDRINUSE') {
        reject(new StartError(`Port ${config.port} is in use: stop what listens there, or set PORT to another port.`));
      } else if (error.code === 'EACCES') {
        reject(new StartError(`Not allowed to listen on ${where}: set PORT to a port above 1023.`));
      } else {
        reject(new StartError(`Cannot listen on ${where}: ${error.message}.`));
      }
    });
    http.listen(config.port, config.host, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address ? address.port : config.port);
    });
  });
}

function startOwnPostgres(config: Config, log: Logger): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
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

function openPool(databaseUrl: string, config: Config, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: config.databasePoolSize,
    connectionTimeoutMillis: 5_000,
    application_name: 'assay',
  });
  // Idle clients report the end of their connection here; the next query gets a new one.
  const tellEnd = (error: Error) => log.debug({ err: error }, 'a database connection ended');
  pool.on('error', tellEnd);
  // A connection that is lost between two statements of a transaction says so itself; unheard it would end the process.
  pool.on('connect', (client) => client.on('error', tellEnd));
  return pool;
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

function closeHttp(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeIdleConnections();
    setTimeout(() => http.closeAllConnections(), STOP_MS).unref();
  });
}
