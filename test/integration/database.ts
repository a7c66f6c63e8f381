import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { alterDatabaseUrl } from './database-url.ts';

/** A migrated database of its own for one test file. */
export interface TestDatabase {
  url: string;
  /** Drops the database; fails when the test left a connection open. Call it in `afterAll`. */
  drop(): Promise<void>;
}

/** Connections need a moment to end on the server after `pool.end()` has resolved. */
const leaveWithinMs = 2_000;

/** Clones the migrated template; no other test sees the clone. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const template = inject('templateDatabase');
  const name = `${template}_${process.pid}_${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${name} template ${template}`));
  return {
    url: alterDatabaseUrl(adminUrl, name),
    drop: () =>
      asAdmin(adminUrl, async (admin) => {
        const leaked = await leakedClients(admin, name);
        await admin.query(`drop database if exists ${name} with (force)`);
        if (leaked.length > 0) {
          throw new Error(
            `the test left ${leaked.length} connection(s) open; their last queries: ${leaked.join(' | ')}`,
          );
        }
      }),
  };
}

/** Lends a migrated database for one call. */
export async function withDatabase<T>(use: (url: string) => Promise<T>): Promise<T> {
  const database = await createTestDatabase();
  let result: T;
  try {
    result = await use(database.url);
  } catch (error) {
    // What failed first is what people need to see.
    await database.drop().catch(() => undefined);
    throw error;
  }
  await database.drop();
  return result;
}

async function leakedClients(admin: pg.Client, database: string): Promise<string[]> {
  const deadline = Date.now() + leaveWithinMs;
  for (;;) {
    const { rows } = await admin.query<{ query: string }>(
      "select query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [database],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => row.query || '(none)');
    await sleep(25);
  }
}

async function asAdmin<T>(adminUrl: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}
