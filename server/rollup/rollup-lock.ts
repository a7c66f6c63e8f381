import type { ClientBase, Pool } from 'pg';
import { errorCode } from '../http/errors.ts';

/** One lock for everything that writes unit tables and roll-ups, over all server processes. */
const ROLLUP_LOCK = 7_002;
/** serialization_failure: another process committed between our snapshot and our lock; the next round will do. */
const TOO_EARLY = '40001';

/**
 * Runs `work` in one repeatable-read transaction under the roll-up lock: all its statements see the same batches, so
 * that no event can count in two of them. Returns null when another process holds the lock.
 */
export async function withRollupLock<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read');
    await client.query("set local jit = off; set local work_mem = '64MB'");
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [ROLLUP_LOCK]);
    const result = rows[0]?.got ? await work(client) : null;
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    if (errorCode(error) === TOO_EARLY) return null;
    throw error;
  } finally {
    client.release(broken);
  }
}
