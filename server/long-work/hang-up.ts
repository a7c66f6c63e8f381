import type { Response } from 'express';
import type { ClientBase, Pool } from 'pg';

/** Work of a request that ends with it. */
export interface HangUp {
  /** Aborted when the client hangs up before it has the whole answer. */
  signal: AbortSignal;
  /** From now on hanging up cancels what this connection does; call it in its transaction. */
  watch(client: ClientBase): Promise<void>;
}

/**
 * Cancels the database's work for a client that has gone. The connection is known by its process and the start of its
 * transaction, so that a cancel which comes late does not hit the next one that uses it.
 */
export function hangUp(pool: Pool, response: Response): HangUp {
  const leaving = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  return {
    signal: leaving.signal,
    async watch(client) {
      const { rows } = await client.query<{ pid: number; began: string }>(
        'select pid, xact_start::text as began from pg_stat_activity where pid = pg_backend_pid()',
      );
      leaving.signal.throwIfAborted();
      const cancel = () =>
        pool
          .query('select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and xact_start::text = $2', [
            rows[0]?.pid,
            rows[0]?.began,
          ])
          .catch(() => undefined); // without a database there is nothing left to cancel
      leaving.signal.addEventListener('abort', () => void cancel(), { once: true });
    },
  };
}
