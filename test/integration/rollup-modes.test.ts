import type pg from 'pg';
import { expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import { databaseOf } from '../../server/db/database.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { checkCalls } from '../../server/rollup/check-calls.ts';
import { mergeCohorts } from '../../server/rollup/merge-cohorts.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { type ModeTables, modesByHand, readRaw } from './rollup-modes-oracle.ts';
import { makePhases, modeEvents, PHASE } from './rollup-modes-stream.ts';
import { streamDay } from './rollup-oracle-stream.ts';

const MINUTE = 60_000;
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

it.each([21, 22])(
  'roll-ups of every mode equal plain loops over raw events, incrementally and rebuilt (stream %i)',
  async (seed) => {
    const [random, merging] = [randomFrom(seed), randomFrom(seed + 100)];
    const startedAt = streamDay() + 100 * MINUTE;
    let clock = startedAt + MINUTE;
    await makePhases(pool, new Date(startedAt - 20 * MINUTE));
    const rows = await readRulesetRows(databaseOf(pool), 1);
    if (!rows) throw new Error('no ruleset');
    const catalogue = compileCatalogue(1, rows);
    const source = { get: async () => catalogue, refresh: async () => catalogue };
    const ingests = [0, 4_000].map((behind) => createIngest({ pool, catalogue: source, now: () => clock - behind }));
    const { pick, event } = modeEvents(
      random,
      () => clock,
      () => (clock - startedAt) / MINUTE,
    );
    // Each cycle has a time of its own, so that the order in which batches were rolled up is known.
    let [cycles, merged] = [0, 0];
    const cycle = (limit?: number) => runCycle(pool, new Date(startedAt + cycles++), limit);
    const drain = async () => {
      while ((await cycle()) !== 0);
      await recomputeDirty(pool);
    };

    for (let round = 0; round < 130; round++) {
      clock += random() * 2 * MINUTE;
      const events = Array.from({ length: 1 + Math.floor(random() * 20) }, event);
      const { rejected } = await pick(ingests).accept(1, { batch: uuid7(clock), events }, null);
      expect(rejected).toEqual([]);
      if (random() < 0.4) await cycle(1 + Math.floor(random() * 4));
      if (random() < 0.1) await recomputeDirty(pool);
      if (merging() < 0.1) merged += await mergeCohorts(pool, new Date(clock));
    }
    expect(merged).toBeGreaterThan(0);
    clock += 5 * MINUTE;
    expect(await checkCalls(pool, new Date(clock))).toBeGreaterThan(0);
    clock += 60 * MINUTE;
    const { exposures, impressions, comparisons } = await readRaw(pool);
    const tooLate = [
      ...exposures.map(({ unit_id: unit, at }) => ({ unit, at: at.getTime() + 10 * MINUTE })),
      ...impressions.map(({ unit_id: unit, items, at }) => ({ unit, item: items[0]?.id, at: at.getTime() + 1 })),
      ...comparisons.map(({ unit_id: unit, decision_id: decision, at }) => ({ unit, decision, at: at.getTime() + 1 })),
    ].map((about) => ({ type: 'outcome', name: 'click', ...about }));
    await ingests[0]?.accept(1, { batch: uuid7(clock), events: tooLate }, null);
    await drain();

    const raw = await readRaw(pool);
    expect(raw.exposures.filter((each) => each.source === 'sticky').length).toBeGreaterThan(10);
    const expected = modesByHand(raw);
    expectWorthwhile(expected);
    expect(await readTables(pool)).toEqual(expected);
    await expectMissingCallsPlaced();
    const { rows: late } = await pool.query('select distinct phase_id from late_day order by 1');
    expect(late.map((each) => each.phase_id)).toEqual([1, 2, 3, 4, 5]);
    for (const id of Object.values(PHASE)) expect(await rebuildPhase(pool, id, new Date(clock))).toBe(true);
    expect(await readTables(pool)).toEqual(expected);
  },
  120_000,
);

/** The stream holds what it is to test. */
function expectWorthwhile({ states, counts, decisions, credits, comparisons, failures }: ModeTables): void {
  const canary = Object.entries(states).filter(([key]) => key.startsWith('1:'));
  expect(canary.filter(([, each]) => !each.fresh).length).toBeGreaterThan(15);
  for (const band of ['candidate', 'control', 'waiting']) {
    expect(canary.filter(([, each]) => each.band === band).length).toBeGreaterThan(5);
  }
  expect(Object.values(counts).some((each) => each.mixed > 0)).toBe(true);
  expect(Object.keys(states).filter((key) => key.startsWith('2:')).length).toBeGreaterThan(5);
  expect(new Set(Object.values(failures).map((each) => each.band)).size).toBe(3);
  expect(new Set(Object.values(decisions).map((each) => each.epoch)).size).toBeGreaterThan(2);
  expect(Object.values(decisions).filter((each) => each.n > 0).length).toBeGreaterThan(10);
  expect(Object.values(decisions).some((each) => each.reward === 2.25)).toBe(true);
  expect(Object.values(credits).filter((each) => Object.keys(each.wins).length > 0).length).toBeGreaterThan(5);
  const labels = new Set(Object.values(comparisons).map((each) => each.label));
  expect([...labels].sort()).toContain(0);
  expect(labels).toContain(1);
}

/** A call record that never came stands where its exposure does. */
async function expectMissingCallsPlaced(): Promise<void> {
  const { rows } = await pool.query(
    `select e.step, e.band, o.properties from outcome o
     join exposure e on e.unit_id = o.unit_id and e.decision_id = o.decision_id and e.call
     where o.name = 'assay.error' and o.properties->>'status' = 'missing' and e.at = o.at`,
  );
  expect(rows.length).toBeGreaterThan(5);
  for (const { step, band, properties } of rows) expect(properties).toMatchObject({ step, band });
}

async function readTables(from: pg.Pool): Promise<ModeTables> {
  const record = async (sql: string) => {
    const { rows } = await from.query<{ key: string; value: unknown }>(sql);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
    return Object.fromEntries(rows.map((row) => [row.key, row.value]));
  };
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;
  const names = (
    phase: number,
    ids: string,
  ) => `coalesce((select jsonb_agg(v.attribute || '=' || coalesce(v.value, '?') order by v.attribute)
    from segment_value v where v.phase_id = ${phase} and v.id = any(${ids})), '[]')`;
  return {
    states: await record(
      `select phase_id || ':' || step || ':' || unit_id as key, jsonb_build_object('variant', variant_id,
         'firstAt', ${ms('first_at')}, 'mixed', mixed_at is not null, 'band', band, 'fresh', fresh) as value from unit_state`,
    ),
    counts: await record(
      `select phase_id || ':' || step || ':' || variant_id as key,
         jsonb_build_object('n', sum(n), 'mixed', sum(mixed), 'fresh', sum(fresh)) as value
       from unit_count where segment_id = 0 group by 1 having sum(n) > 0`,
    ),
    moments: await record(
      `select o.phase_id || ':' || o.step || ':' || o.variant_id || ':' || o.measure_id as key, jsonb_build_object(
         'n', sum(o.n), 'sum', trim_scale(sum(o.s + o.n * h.c::numeric)),
         'squares', trim_scale(sum(o.ss + 2 * o.s * h.c::numeric + o.n * h.c::numeric * h.c::numeric))) as value
       from moment o join moment_shift h using (phase_id, measure_id) where segment_id = 0 group by 1 having sum(o.n) > 0`,
    ),
    calls: await record(
      `select phase_id || ':' || step || ':' || variant_id || ':' || status as key, sum(n)::int as value from call_hour group by 1`,
    ),
    failures: await record(
      `select metric_id || ':' || unit_id as key,
         jsonb_build_object('step', step, 'band', band, 'at', ${ms('at')}) as value from unit_failed`,
    ),
    decisions: await record(
      `select unit_id || ':' || decision_id as key, jsonb_build_object('epoch', step, 'variant', variant_id, 'at', ${ms('at')},
         'n', n, 'reward', reward, 'context', ${names(PHASE.bandit, 'segment')}->>0) as value from unit_decision`,
    ),
    credits: await record(
      `select unit_id || ':' || impression_id as key, jsonb_build_object('at', ${ms('at')}, 'items', items,
         'degraded', degraded, 'wins', wins) as value from unit_credit`,
    ),
    comparisons: await record(
      `select unit_id || ':' || decision_id as key, jsonb_build_object('at', ${ms('at')}, 'candidate', candidate,
         'label', label, 'segments', ${names(PHASE.shadow, 'segment')}) as value from unit_comparison`,
    ),
  } as ModeTables;
}
