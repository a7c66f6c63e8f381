import pg from 'pg';
import type { Logger } from 'pino';

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
