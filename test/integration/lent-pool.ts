import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** Registers hooks: each test of the file gets a pool of a migrated database of its own, dropped after it. */
export function lendPoolToEachTest(take: (pool: pg.Pool) => void): void {
  const { lend, end } = poolOfItsOwn(take);
  beforeEach(lend);
  afterEach(end);
}

/** Registers hooks: the tests of the file share a pool of one migrated database, dropped at the end. */
export function lendPoolToFile(take: (pool: pg.Pool) => void): void {
  const { lend, end } = poolOfItsOwn(take);
  beforeAll(lend);
  afterAll(end);
}

function poolOfItsOwn(take: (pool: pg.Pool) => void) {
  let database: TestDatabase;
  let pool: pg.Pool;
  return {
    async lend(): Promise<void> {
      database = await createTestDatabase();
      pool = new pg.Pool({ connectionString: database.url, max: 6 });
      take(pool);
    },
    async end(): Promise<void> {
      await pool.end();
      await database.drop();
    },
  };
}
