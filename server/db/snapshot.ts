import type { ClientBase, Pool } from 'pg';

/** For prepared statements on few rows: to plan each of them anew takes as long as to run it. */
export const PLANNED_ONCE = 'set local plan_cache_mode = force_generic_plan';

/** Runs `work` in one transaction whose statements all see the same instant; rolls back when it fails. */
export async function inSnapshot<T>(
  pool: Pool,
  work: (client: ClientBase) => Promise<T>,
  settings: typeof PLANNED_ONCE | '' = '',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(
      `begin isolation level repeatable read; set local jit = off; set local work_mem = '64MB'; set local random_page_cost = 1.1; ${settings}`,
    );
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
