import type { ClientBase, Pool } from 'pg';
import { inSnapshot } from '../db/snapshot.ts';
import { errorCode } from '../http/errors.ts';

/** One lock for everything that writes unit tables and roll-ups, over all server processes. */
const ROLLUP_LOCK = 7_002;
/** serialization_failure: another process committed between our snapshot and our lock; the next round will do. */
const TOO_EARLY = '40001';

/**
 * Runs `work` in one repeatable-read transaction under the roll-up lock: all its statements see the same batches, so
 * that no event can count in two of them. What it sees is older than its lock by the blink of asking for it; every holder
 * changes one row first, which fails when the one before was done only in between. Returns null then, and when another
 * process holds the lock.
 */
export async function withRollupLock<T>(pool: Pool, work: (client: ClientBase) => Promise<T>): Promise<T | null> {
  try {
    return await inSnapshot(pool, async (client) => {
      const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [
        ROLLUP_LOCK,
      ]);
      if (!rows[0]?.got) return null;
      await client.query('update rollup_turn set turn = turn + 1');
      return await work(client);
    });
  } catch (error) {
    if (errorCode(error) === TOO_EARLY) return null;
    throw error;
  }
}
