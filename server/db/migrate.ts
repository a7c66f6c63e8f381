import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as runMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { fromRoot } from '../repository-root.ts';
import { keepPartitions } from './partitions.ts';

/** Of all advisory locks: one number a job, see also server/rollup. */
const MIGRATION_LOCK = 7_001;

/**
 * Brings a database to the current schema and makes the partitions of the coming days. Several processes may call it
 * at once: a lock held on a second connection lets one work and the others wait.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  try {
    const lock = await pool.connect();
    try {
      await lock.query('begin');
      await lock.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await runMigrations(drizzle(pool), { migrationsFolder: fromRoot('migrations') });
      await keepPartitions(pool, new Date());
      await lock.query('commit');
    } finally {
      lock.release();
    }
  } finally {
    await pool.end();
  }
}
