import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';

/** The database connections of one process. */
export function openPool(databaseUrl: string, size: number, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: size,
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

/** Connections beside those of the pools: migrations, and people who look. */
const SPARE_CONNECTIONS = 10;

/** Database connections that all processes of a server may hold at once: those that serve, and the one that starts them. */
export function connectionsNeeded({ processes, databasePoolSize }: Config): number {
  return (processes === 1 ? 1 : processes + 1) * databasePoolSize + SPARE_CONNECTIONS;
}

/** Says so when the database allows fewer: nothing fails until they are needed. */
export async function warnOfFewConnections(pool: pg.Pool, config: Config, log: Logger): Promise<void> {
  const { rows } = await pool.query<{ allowed: number }>("select current_setting('max_connections')::int as allowed");
  const allowed = rows[0]?.allowed ?? 0;
  const needed = connectionsNeeded(config);
  if (needed <= allowed) return;
  log.warn(
    { needed, allowed },
    'The database allows too few connections: raise its max_connections, or lower DATABASE_POOL_SIZE or ASSAY_PROCESSES.',
  );
}
