import type pg from 'pg';
import { expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import { databaseOf } from '../../server/db/database.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { freezePhases } from '../../server/retention/freeze-phases.ts';
import { recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { makePhases, modeEvents, PHASE } from './rollup-modes-stream.ts';
import { DAY, streamDay } from './rollup-oracle-stream.ts';

const MINUTE = 60_000;
const TABLES = ['unit_state', 'unit_total', 'unit_failed', 'unit_count', 'moment', 'call_hour', 'process'];
const ANSWERS = ['unit_decision', 'unit_credit', 'unit_comparison'];
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

async function rowsOf(tables: string[]): Promise<Record<string, string[]>> {
  const read = async (table: string) => {
    const { rows } = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t order by 1`);
    return [table, rows.map(({ row }) => row)] as const;
  };
  return Object.fromEntries(await Promise.all(tables.map(read)));
}

it('a frozen phase of any mode takes nothing in, loses nothing but its answers, and counts what comes', async () => {
  const random = randomFrom(31);
  const startedAt = streamDay() + 100 * MINUTE;
  let clock = startedAt + MINUTE;
  await makePhases(pool, new Date(startedAt - 20 * MINUTE));
  const found = await readRulesetRows(databaseOf(pool), 1);
  if (!found) throw new Error('no ruleset');
  const catalogue = compileCatalogue(1, found);
  const source = { get: async () => catalogue, refresh: async () => catalogue };
  const ingest = createIngest({ pool, catalogue: source, now: () => clock });
  const passed = () => (clock - startedAt) / MINUTE;
  const { event } = modeEvents(random, () => clock, passed);
  const receive = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      clock += random() * 2 * MINUTE;
      await ingest.accept(1, { batch: uuid7(clock), events: Array.from({ length: 20 }, event) }, null);
    }
    while ((await runCycle(pool, new Date(clock))) !== 0);
    await recomputeDirty(pool);
  };
  await receive(40);
  const before = await rowsOf([...TABLES, ...ANSWERS]);
  expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([]);

  const ends = `update phase set state = 'ended', ended_at = $1, closed_at = $1, ended_as = 'concluded'`;
  await pool.query(ends, [new Date(clock)]);
  const later = new Date(clock + 30 * DAY);
  const dayOf = (at: Date) => Math.floor(at.getTime() / DAY);
  expect(await freezePhases(pool, dayOf(new Date(clock)) - 3, later)).toMatchObject({ frozen: [], kept: null });
  expect((await freezePhases(pool, dayOf(later), later))?.frozen).toHaveLength(Object.keys(PHASE).length);
  expect(await rowsOf(TABLES)).toEqual(Object.fromEntries(TABLES.map((table) => [table, before[table]])));
  expect(await rowsOf(ANSWERS)).toEqual(Object.fromEntries(ANSWERS.map((table) => [table, []])));

  // Another phase of each mode runs, so that the roll-up is about every mode.
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan, settings, state, started_at)
     select environment_id, experiment_id, position + 10, mode, assignment, 'next-' || id, plan, settings, 'running', ended_at
     from phase`,
  );
  const { rows: known } = await pool.query<{ unit: string; at: Date }>(
    'select unit_id as unit, first_at as at from unit_state where phase_id = 1 and fresh',
  );
  const clicks = known.map(({ unit, at }) => ({ type: 'outcome', name: 'click', unit, at: at.getTime() + 1 }));
  await ingest.accept(1, { batch: uuid7(clock), events: clicks }, null);
  await receive(40);
  expect(await rowsOf(TABLES)).toEqual(Object.fromEntries(TABLES.map((table) => [table, before[table]])));
  expect(await rowsOf(ANSWERS)).toEqual(Object.fromEntries(ANSWERS.map((table) => [table, []])));
  expect((await pool.query('select 1 from roll_dirty')).rows).toEqual([]);
  const { rows: late } = await pool.query<{ phase: number; n: number; raw: number }>(
    `with frozen as (select phase_id, sum(n)::int as n from late_day where measure_id = 0 group by 1), raw as (
       select phase_id, count(*)::int as raw from (select phase_id, batch_id from exposure union all
         select phase_id, batch_id from impression union all select phase_id, batch_id from comparison) e
       join batch b using (batch_id) where b.received_at > $1 group by 1)
     select phase_id as phase, n, raw from frozen full join raw using (phase_id) order by 1`,
    [new Date(later.getTime() - 30 * DAY)],
  );
  expect(late.map(({ phase }) => phase)).toEqual([1, 2, 3, 4, 5]);
  // Every exposure and answer once, and outcomes in a window of a unit that was exposed.
  for (const { phase, n, raw } of late) {
    if (phase === PHASE.canary) expect(n).toBeGreaterThanOrEqual(raw + known.length);
    else if (phase === PHASE.interleave || phase === PHASE.shadow) expect(n).toBe(raw);
    else expect(n).toBeGreaterThanOrEqual(raw);
  }
}, 60_000);
