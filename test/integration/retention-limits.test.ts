import type pg from 'pg';
import pino from 'pino';
import { expect, it } from 'vitest';
import { uuid7 } from '../../sdk/index.ts';
import { type Config, readConfig } from '../../server/config.ts';
import { keepPartitions, listPartitions, partitionName } from '../../server/db/partitions.ts';
import { dropPartitions } from '../../server/retention/drop-partitions.ts';
import { forgetUnitDays } from '../../server/retention/forget-days.ts';
import { retentionJob } from '../../server/retention/retention-job.ts';
import { lendPoolToEachTest } from './lent-pool.ts';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY);
const start = today - 100;
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

/** One rolled batch with one outcome on each of these days. */
async function receiveOn(days: number[]): Promise<void> {
  for (const day of days) {
    const at = new Date(day * DAY + DAY / 2);
    await keepPartitions(pool, at);
    const batch = uuid7(at.getTime());
    await pool.query('insert into batch (batch_id, environment_id, received_at, rolled_at) values ($1, 1, $2, $2)', [
      batch,
      at,
    ]);
    await pool.query(
      `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value) values (1, 'u', $1, $2, $2, 'x', 1)`,
      [batch, at],
    );
  }
}

const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const retain = (day: number, retentionDays = 10) => {
  const config: Config = { ...readConfig({}), retentionDays };
  return retentionJob({ pool, config, log: pino({ level: 'silent' }), now: () => new Date(day * DAY + DAY / 2) })();
};
const oldest = async (table: string) => (await listPartitions(pool)).find((each) => each.table === table)?.day;
const outcomesOn = async () =>
  (
    await pool.query<{ day: string }>(
      `select distinct to_char(received_at, 'YYYY-MM-DD') as day from outcome order by 1`,
    )
  ).rows.length;

it('drops nothing for a clock that is ahead for less than a week of days with events', async () => {
  await receiveOn([...span(start, start + 5), ...span(start + 60, start + 65)]);
  await retain(start + 65);
  expect(await outcomesOn()).toBe(12);
  await receiveOn([start + 66]);
  await retain(start + 66);
  expect(await outcomesOn()).toBe(7);
  await receiveOn([start + 90]);
  await retain(start + 90, 0);
  expect(await outcomesOn()).toBe(8);
});

it('keeps events that are not rolled up, and their batches', async () => {
  await receiveOn(span(start, start + 20));
  await pool.query('update batch set rolled_at = null where received_at = $1', [new Date((start + 4) * DAY + DAY / 2)]);
  await retain(start + 20);
  expect(await oldest('outcome')).toBe(start + 4);
  await pool.query('update batch set rolled_at = received_at');
  await retain(start + 20);
  expect(await oldest('outcome')).toBe(start + 10);
  expect(await oldest('batch')).toBe(start + 2);
});

it('waits for readers without keeping anybody from writing, and goes on the next time', async () => {
  await receiveOn(span(start, start + 2));
  const reader = await pool.connect();
  await reader.query('begin isolation level repeatable read');
  expect((await reader.query('select count(*)::int as n from outcome')).rows).toEqual([{ n: 3 }]);
  const dropping = dropPartitions(pool, start + 2);
  const slowest = await slowestWriteWhile(dropping);
  expect(slowest).toBeLessThan(2_000); // it waited for five seconds
  expect((await listPartitions(pool)).filter(({ leaving }) => leaving)).toHaveLength(1);
  expect((await reader.query('select count(*)::int as n from outcome')).rows).toEqual([{ n: 3 }]);
  await reader.query('commit');
  reader.release();
  await dropPartitions(pool, start + 2);
  expect(await oldest('outcome')).toBe(start + 2);
}, 30_000);

/** Longest time, ms, that the intake and the making of partitions took meanwhile. */
async function slowestWriteWhile(work: Promise<unknown>): Promise<number> {
  let done = false;
  void work.finally(() => {
    done = true;
  });
  let slowest = 0;
  let day = today + 100;
  while (!done) {
    const startedAt = performance.now();
    await receiveOn([day++]);
    slowest = Math.max(slowest, performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return slowest;
}

it('finishes what was interrupted, and leaves alone what a person has detached', async () => {
  await receiveOn(span(start, start + 1));
  const [ours, theirs] = [partitionName('outcome', start), partitionName('outcome', start + 1)];
  await pool.query(`comment on table ${ours} is 'assay: dropped by retention'`);
  for (const name of [ours, theirs]) await pool.query(`alter table outcome detach partition ${name}`);
  await dropPartitions(pool, start);
  const { rows } = await pool.query('select relname as name from pg_class where relname = any($1)', [[ours, theirs]]);
  expect(rows).toEqual([{ name: theirs }]);
});

it('may be done by two processes at the same moment', async () => {
  await receiveOn(span(start, start + 4));
  await Promise.all([dropPartitions(pool, start + 5), dropPartitions(pool, start + 5)]);
  await dropPartitions(pool, start + 5);
  expect(await oldest('outcome')).toBe(start + 5);
  expect(
    (await pool.query(`select 1 from pg_class where relname = $1`, [partitionName('outcome', start)])).rows,
  ).toEqual([]);
});

it('forgets days of units that no covariate can reach, but for the first of each', async () => {
  await pool.query(
    `insert into measure (environment_id, outcome, window_seconds, aggregate) values (1, 'x', 60, 'sum'), (1, 'y', 60, 'sum')`,
  );
  await pool.query(`insert into day_measure (environment_id, measure_id, since) values (1, 1, $1), (1, 2, $2)`, [
    new Date((start - 300) * DAY),
    new Date((start + 5) * DAY),
  ]);
  const days: [string, number, number][] = [
    ['idle', 1, start - 250],
    ['busy', 1, start - 200],
    ['busy', 1, start - 95],
    ['busy', 1, start - 90],
    ['late', 1, start - 10],
  ];
  for (const [unit, measure, day] of days) {
    await pool.query(`insert into unit_day values ($1, 1, $2, $3, 1, 1)`, [
      unit,
      measure,
      new Date(day * DAY).toISOString().slice(0, 10),
    ]);
  }
  await forgetUnitDays(pool, start);
  const left = await pool.query(`select unit_id, (day - '1970-01-01')::int - $1 as day from unit_day order by 1, 2`, [
    start,
  ]);
  expect(left.rows.map((row) => [row.unit_id, row.day])).toEqual([
    ['busy', -200],
    ['busy', -90],
    ['idle', -250],
    ['late', -10],
  ]);
  const since = await pool.query<{ since: Date }>('select since from day_measure order by measure_id');
  expect(since.rows.map((row) => row.since.getTime() / DAY - start)).toEqual([-91, 5]);
});
