import type { ClientBase, Pool } from 'pg';
import { inSnapshot } from '../db/snapshot.ts';
import { errorCode } from '../http/errors.ts';

/** With the phase's id: one process at a time computes a phase. */
const PHASE_LOCK = 7_003;
/** serialization_failure: another process stored results between our snapshot and our lock. */
const TOO_EARLY = '40001';

/** One snapshot and one process a phase: steps aside when another process is at it, or has just been. */
export async function inTurn(pool: Pool, phaseId: number, work: (client: ClientBase) => Promise<void>): Promise<void> {
  try {
    await inSnapshot(pool, async (client) => {
      const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1, $2) as got', [
        PHASE_LOCK,
        phaseId,
      ]);
      if (rows[0]?.got) await work(client);
    });
  } catch (error) {
    if (errorCode(error) !== TOO_EARLY) throw error;
  }
}
