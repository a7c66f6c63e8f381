import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepPartitions, listPartitions } from '../../server/db/partitions.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 6 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY);

it('makes yesterday to a week ahead, and a day more than a week back for batch ids', async () => {
  const days = async (table: string) =>
    (await listPartitions(pool)).filter((each) => each.table === table).map(({ day }) => day - today);
  expect(await days('outcome')).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7]);
  expect(await days('batch')).toEqual([-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]);
});

it('makes them once however many ask at the same moment, with every index of the parent', async () => {
  const before = (await listPartitions(pool)).length;
  const ahead = new Date(Date.now() + 40 * DAY);
  await Promise.all(Array.from({ length: 5 }, () => keepPartitions(pool, ahead)));
  expect((await listPartitions(pool)).length).toBe(before + 4 * 9 + 16);
  const { rows } = await pool.query(
    `select p.relname as table, count(distinct c.oid)::int as days, count(x.indexrelid)::int as indexes,
       count(*) filter (where xi.inhparent is null)::int as alone
     from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent and p.relkind = 'p'
     left join pg_index x on x.indrelid = c.oid left join pg_inherits xi on xi.inhrelid = x.indexrelid
     group by 1 order by 1`,
  );
  const events = { days: 18, indexes: 18, alone: 0 };
  expect(rows).toEqual([
    { table: 'batch', days: 32, indexes: 96, alone: 0 },
    { table: 'comparison', ...events },
    { table: 'exposure', ...events },
    { table: 'impression', ...events },
    { table: 'outcome', ...events },
  ]);
});

it('waits for nobody who reads or writes events meanwhile', async () => {
  const busy = await pool.connect();
  const impatient = new pg.Pool({ connectionString: database.url, max: 1, options: '-c lock_timeout=100ms' });
  try {
    await busy.query('begin isolation level repeatable read');
    await busy.query('select count(*) from outcome');
    await busy.query(
      `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value)
       values (1, 'u', gen_random_uuid(), now(), now(), 'click', 1)`,
    );
    await keepPartitions(impatient, new Date(Date.now() + 80 * DAY));
  } finally {
    await busy.query('rollback');
    busy.release();
    await impatient.end();
  }
});
