import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import { readReportRows } from '../../server/analysis/report-store.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { start } from '../../server/experiments/transitions.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { oracle, type Snapshot, snapshotOf } from './rollup-oracle.ts';

const MINUTE = 60_000;
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

/** Two experiments in two slots, one with three variants; windows of one hour and of ten minutes. */
async function makeExperiments(): Promise<number[]> {
  await pool.query(`
    insert into slot (environment_id, key, output, salt, champion, timeout_ms) values
      (1, 'one', 'value', 'salt-one', 'a', 1000), (1, 'two', 'value', 'salt-two', 'a', 1000);
    insert into variant (slot_id, key) values (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (2, 'c');
    insert into measure (environment_id, outcome, window_seconds, aggregate) values
      (1, 'click', 3600, 'any'), (1, 'click', 3600, 'sum'), (1, 'click', 3600, 'count'), (1, 'click', 600, 'sum'),
      (1, 'assay.error', 3600, 'any');
    insert into metric (environment_id, key, name, kind, direction, measure_id) values
      (1, 'm1', 'm', 'proportion', 'increase', 1), (1, 'm2', 'm', 'mean', 'increase', 2),
      (1, 'm3', 'm', 'mean', 'increase', 3), (1, 'm4', 'm', 'mean', 'increase', 4), (1, 'm5', 'm', 'proportion', 'increase', 5);
    insert into experiment (environment_id, slot_id, key, name, range_from, range_to) values
      (1, 1, 'one', 'one', 0, 1), (1, 2, 'two', 'two', 0, 1);
    insert into experiment_metric (experiment_id, metric_id, role, position) values
      (1, 1, 'primary', 0), (1, 2, 'secondary', 1), (1, 3, 'secondary', 2), (1, 5, 'secondary', 3),
      (2, 4, 'primary', 0);
    insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan) values
      (1, 1, 0, 'ab', 'hash', 'p1', '{"level":0.95,"units":1000,"durationSeconds":null,"latenessSeconds":1200}'),
      (1, 2, 0, 'ab', 'hash', 'p2', '{"level":0.95,"units":1000,"durationSeconds":null,"latenessSeconds":600}');
    insert into phase_variant (phase_id, variant_id, position, weight, control) values
      (1, 2, 0, 0.5, false), (1, 1, 1, 0.5, true), (2, 4, 0, 0.3, false), (2, 5, 1, 0.3, false), (2, 3, 2, 0.4, true)`);
  const db = databaseOf(pool);
  const startedAt = new Date(Date.now() - 12 * 3600_000);
  for (const key of ['one', 'two']) {
    const row = await findExperiment(db, 1, key);
    if (row) await start(db, row, startedAt);
  }
  return [1, 2];
}

it.each([11, 12, 13])(
  'incremental roll-ups equal an independent oracle and a rebuild (stream %i)',
  async (seed) => {
    await pool.query(
      `truncate batch, exposure, outcome, unit_state, unit_total, moment, unit_count, moment_shift, roll_dirty, late_day,
       exposure_hour, call_hour, look, audit, phase_measure, phase_variant, phase, experiment_metric, experiment, metric,
       measure, variant, slot restart identity`,
    );
    const phases = await makeExperiments();
    const random = randomFrom(seed);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const rows = await readRulesetRows(databaseOf(pool), 1);
    if (!rows) throw new Error('no ruleset');
    const catalogue = compileCatalogue(1, rows);
    const source = { get: async () => catalogue, refresh: async () => catalogue };
    // Two server processes: the second one's clock runs behind, so that batches become visible out of order.
    let clock = Date.now() - 6 * 3600_000;
    const ingests = [0, 4_000].map((behind) => createIngest({ pool, catalogue: source, now: () => clock - behind }));
    const home = new Map<string, string>();
    const sent: { batch: string; events: unknown[] }[] = [];

    const exposure = () => {
      const phase = pick(phases);
      const unit = `u${Math.floor(random() * 60)}`;
      const variants = phase === 1 ? ['a', 'b'] : ['a', 'b', 'c'];
      const usual = home.get(`${phase}:${unit}`) ?? pick(variants);
      home.set(`${phase}:${unit}`, usual);
      const lag = random() < 0.2 ? random() * 14 * MINUTE : random() * 20_000;
      return {
        type: 'exposure',
        unit,
        slot: phase === 1 ? 'one' : 'two',
        phase,
        step: 1,
        variant: random() < 0.02 ? pick(variants) : usual,
        at: Math.floor(clock - lag),
        decision: `d${Math.floor(random() * 1e9)}`,
        propensity: 0.5,
        ruleset: 1,
        source: 'hash',
      };
    };
    const outcome = () => ({
      type: 'outcome',
      unit: `u${Math.floor(random() * 70)}`,
      name: pick(['click', 'click', 'click', 'other', 'assay.error']),
      at: Math.floor(clock - (random() < 0.3 ? random() * 70 * MINUTE : random() * 5_000)),
      value: pick([1, 0, 2.5, -3, 1_700_000_000.25, 1_700_000_001.5, 1e15, -1e-9, 0.1]),
      properties: { phase: pick([1, 2]), status: 'error', variant: 'a' },
    });

    for (let round = 0; round < 120; round++) {
      clock += random() * 2 * MINUTE;
      const events = Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
        random() < 0.45 ? exposure() : outcome(),
      );
      const batch = { batch: uuid7(Date.now()), events };
      sent.push(batch);
      await pick(ingests).accept(1, batch, null);
      if (random() < 0.15) await pick(ingests).accept(1, pick(sent), null); // a client repeats itself
      if (random() < 0.4) await runCycle(pool, new Date(clock), 1 + Math.floor(random() * 4));
      if (random() < 0.1) await recomputeDirty(pool);
    }
    while ((await runCycle(pool, new Date(clock))) !== 0);
    await recomputeDirty(pool);

    const expected = await oracle(pool);
    const incremental = await snapshotOf(pool);
    expect(expected.totals.size).toBeGreaterThan(100);
    expect([...expected.states.values()].some((state) => state.mixed)).toBe(true);
    expectSame(incremental, expected);
    for (const id of phases) expect(await rebuildPhase(pool, id, new Date(clock))).toBe(true);
    expectSame(await snapshotOf(pool), expected);
    await expectReportsMatch(expected, new Date(clock));
  },
  120_000,
);

function expectSame(actual: Snapshot, expected: Snapshot): void {
  expect(Object.fromEntries(actual.states)).toEqual(Object.fromEntries(expected.states));
  expect(Object.fromEntries(actual.counts)).toEqual(Object.fromEntries(expected.counts));
  expect([...actual.totals.keys()].sort()).toEqual([...expected.totals.keys()].sort());
  for (const [key, total] of expected.totals) {
    const found = actual.totals.get(key);
    expect(found?.n, key).toBe(total.n);
    expect(Math.abs((found?.value ?? 0) - total.value)).toBeLessThanOrEqual(1e-12 * Math.max(1, total.size));
  }
}

/** Means and centred second moments of mature units, zeros included, against two-pass sums in exact order. */
async function expectReportsMatch(expected: Snapshot, now: Date): Promise<void> {
  for (const key of ['one', 'two']) {
    const row = await findExperiment(databaseOf(pool), 1, key);
    const phase = row?.phases[0];
    if (!row || !phase) throw new Error('no phase');
    const rows = await readReportRows(pool, phase, now);
    expect(rows.measures.length).toBeGreaterThan(0);
    for (const sums of rows.measures) {
      const values = expected.valuesOf(phase.id, sums.measureId, sums.variantId, sums.mature, now);
      expect(sums.units).toBe(values.length);
      const mean = values.reduce((total, each) => total + each, 0) / values.length;
      const m2 = values.reduce((total, each) => total + (each - mean) ** 2, 0);
      const scale = Math.max(...values.map(Math.abs), 1e-300);
      expect(Math.abs(sums.mean - mean)).toBeLessThanOrEqual(1e-12 * scale);
      expect(Math.abs(sums.m2 - m2)).toBeLessThanOrEqual(1e-9 * m2 + 1e-24 * scale * scale);
    }
  }
}
