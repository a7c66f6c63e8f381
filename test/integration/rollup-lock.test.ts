import type pg from 'pg';
import { expect, it } from 'vitest';
import { withRollupLock } from '../../server/rollup/rollup-lock.ts';
import { lendPoolToFile } from './lent-pool.ts';

let pool: pg.Pool;
lendPoolToFile((lent) => {
  pool = lent;
});

const addDirty = (client: pg.ClientBase | pg.Pool) =>
  client.query(
    `insert into roll_dirty (unit_id, phase_id) select 'unit-' || count(*), 1 from roll_dirty returning unit_id`,
  );

/** Connections of the pool on which, after a transaction has seen the database and before it asks for the lock, `first` runs. */
function lateFor(first: () => Promise<unknown>): pg.Pool {
  let waiting = true;
  const connect = async () => {
    const client = await pool.connect();
    const query = async (text: string, values: unknown[] = []) => {
      if (waiting && text.includes('advisory')) {
        waiting = false;
        await client.query('select count(*) from roll_dirty');
        await first();
      }
      return client.query(text, values);
    };
    return { query, release: (error?: Error) => client.release(error) };
  };
  return { connect } as unknown as pg.Pool;
}

it('does not let who gets the lock work with what it saw before the last holder was done', async () => {
  const seen: number[] = [];
  const work = async (client: pg.ClientBase) => {
    seen.push((await client.query('select from roll_dirty')).rowCount ?? -1);
    return 'done';
  };
  const late = lateFor(() => withRollupLock(pool, addDirty));
  expect(await withRollupLock(late, work)).toBeNull();
  expect(seen).toEqual([]);
  expect(await withRollupLock(late, work)).toBe('done');
  expect(seen).toEqual([1]);
});

it('answers null at once while another holds it, and passes on what else goes wrong', async () => {
  await withRollupLock(pool, async () => {
    expect(await withRollupLock(pool, async () => 'never')).toBeNull();
  });
  await expect(withRollupLock(pool, async () => Promise.reject(new Error('on purpose')))).rejects.toThrow('on purpose');
  expect(await withRollupLock(pool, async () => 'again')).toBe('again');
});
