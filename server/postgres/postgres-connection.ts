import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';
import { postgresUser } from './postgres-cluster.ts';

/** A start may take long: after a crash PostgreSQL replays its log first. */
const answerWithinMs = 5 * 60_000;

/** Connection strings of one server; TLS is off, because the server listens on this machine only. */
export function urlMaker(port: number, password: string): (database: string) => string {
  return (database) => `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

/** Waits until the server takes connections; false when `until` fires first, which is how its end is told. */
export async function answers(url: (database: string) => string, until: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + answerWithinMs;
  while (!until.aborted) {
    try {
      await withClient(url('postgres'), (client) => client.query('select 1'));
      return true;
    } catch (error) {
      if (errorCode(error) === '28P01') {
        throw new EmbeddedPostgresError('The running PostgreSQL refuses the password in the database folder: stop it.');
      }
      if (Date.now() > deadline) {
        throw new EmbeddedPostgresError(
          `PostgreSQL runs but did not answer within ${answerWithinMs / 1000} s: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
    await sleep(25);
  }
  return false;
}

/** Makes the database unless it is there. */
export async function createDatabase(url: (database: string) => string, name: string): Promise<void> {
  await withClient(url('postgres'), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount) return;
    await client.query(`create database ${pg.escapeIdentifier(name)}`).catch((error) => {
      // Another process was faster: 42P04 is "duplicate database", 23505 the same seen one step later.
      if (!['42P04', '23505'].includes(errorCode(error))) throw error;
    });
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
