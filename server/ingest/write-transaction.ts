import type { Pool, PoolClient } from 'pg';
import { errorCode, isDatabaseAway } from '../http/errors.ts';

/**
 * Runs `work` in one transaction on a connection of its own. Whatever fails, the connection goes back to the pool or,
 * when its state is in doubt, is closed.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that is lost between two statements says so by this event, which nobody hears would end the process.
  client.on('error', ignore);
  let usable = false;
  try {
    await client.query('begin');
    const result = await work(client);
    const { command } = await client.query('commit');
    // PostgreSQL answers the commit of a failed transaction with ROLLBACK, which is no error.
    if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command} instead of COMMIT`);
    usable = true;
    return result;
  } catch (error) {
    if (!isDatabaseAway(error)) usable = await isRolledBack(client);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(!usable);
  }
}

function ignore(): void {}

function isRolledBack(client: PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

/** Runs `work` so that its failure undoes only what it did itself. */
export async function inSavepoint(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('savepoint step');
  try {
    await work();
  } catch (error) {
    if (!isDatabaseAway(error)) await client.query('rollback to savepoint step');
    throw error;
  }
  await client.query('release savepoint step');
}

/** The database refused a value: data exception, constraint or limit. Never that a day's partition is missing. */
export function isRefusedValue(error: unknown): boolean {
  return /^(22|23|54)/.test(errorCode(error)) && !isPartitionMissing(error);
}

/** "No partition found for row" shares its code with check constraints, but names none: not the event's fault. */
export function isPartitionMissing(error: unknown): boolean {
  return errorCode(error) === '23514' && (error as { constraint?: unknown }).constraint === undefined;
}
