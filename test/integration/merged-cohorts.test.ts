import type pg from 'pg';
import { expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import { exposuresOf } from '../../server/analysis/exposure-points.ts';
import { type ReportRows, readReportRows } from '../../server/analysis/report-store.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment, type PhaseRow } from '../../server/experiments/experiment-store.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { mergeCohorts } from '../../server/rollup/merge-cohorts.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { EXPERIMENTS, makeExperiments, streamDay, streamEvents } from './rollup-oracle-stream.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

it.each([31, 32])(
  'merging mature cohorts changes no report, then or later, whoever is exposed afterwards (stream %i)',
  async (seed) => {
    await makeExperiments(pool);
    const random = randomFrom(seed);
    let clock = streamDay() + 100 * MINUTE;
    const { past, present } = streamEvents(random, () => clock);
    const send = await sender(() => clock);
    const drain = async () => {
      while ((await runCycle(pool, new Date(clock))) !== 0);
      await recomputeDirty(pool);
    };
    const merge = async (at: number) => {
      const before = await readAll(at);
      const merged = await mergeCohorts(pool, new Date(at));
      expect(await readAll(at)).toEqual(before);
      return merged;
    };

    for (let round = 0; round < 30; round++) await send(Array.from({ length: 10 }, past));
    await drain();
    await rebuildPhase(pool, 3, new Date(clock));
    let merges = 0;
    for (let round = 0; round < 100; round++) {
      clock += random() * 5 * MINUTE;
      // Units that nobody has seen: of now, and some so late that their cohort is merged.
      const newcomer = [exposure(random, `now${round}`, clock - 1000), outcome(`now${round}`, clock)];
      const tardy = exposure(random, `tardy${round}`, Math.max(streamDay() + 20 * MINUTE, clock - 3 * DAY * random()));
      const some = Array.from({ length: 1 + Math.floor(random() * 12) }, present);
      await send([...some, ...newcomer, ...(random() < 0.2 ? [tardy] : [])]);
      if (random() < 0.5) await runCycle(pool, new Date(clock));
      if (random() < 0.2) await recomputeDirty(pool);
      if (random() < 0.15) merges += await merge(clock);
    }
    await drain();
    merges += await merge(clock);
    expect(merges).toBeGreaterThan(5);
    await expectCohorts(clock, true);
    await expectChartsByHand(clock);

    const later = clock + DAY;
    expect(await merge(later)).toBe(2);
    await expectCohorts(later, false);
    await expectChartsByHand(later);
    expect(await mergeCohorts(pool, new Date(later))).toBe(0);
    const kept = await readAll(later);
    for (const id of [1, 2, 3]) expect(await rebuildPhase(pool, id, new Date(clock))).toBe(true);
    expect((await pool.query('select from rollup_grain')).rowCount).toBe(0);
    expect(rounded(await readAll(later))).toEqual(rounded(kept));
  },
  120_000,
);

it('calls of eight days keep their hour; older ones are added up, those that come late too', async () => {
  await makeExperiments(pool);
  const clock = streamDay() + 100 * MINUTE;
  const { past } = streamEvents(randomFrom(33), () => clock);
  await (await sender(() => clock))(Array.from({ length: 50 }, past));
  await runCycle(pool, new Date(clock));
  const hour = (day: number) => new Date(streamDay() - day * DAY);
  const insert = (day: number, n: number) =>
    pool.query(`insert into call_hour values (3, 1, 6, $1, 'ok', $2, $3)`, [hour(day), n, n * 10]);
  const calls = async () => {
    const { rows } = await pool.query('select hour::text = $1 as merged, hour, n, ms from call_hour order by hour', [
      '-infinity',
    ]);
    return rows.map(({ merged, hour, n, ms }) => [merged ? 'merged' : hour, Number(n), Number(ms)]);
  };
  await rebuildPhase(pool, 3, new Date(clock));
  for (const [day, n] of [
    [20, 5],
    [19, 7],
    [11, 1],
    [0, 2],
  ] as const) {
    await insert(day, n);
  }
  expect(await mergeCohorts(pool, new Date(clock))).toBe(1);
  expect(await calls()).toEqual([
    ['merged', 12, 120],
    [hour(11), 1, 10],
    [hour(0), 2, 20],
  ]);
  await insert(19, 3);
  await pool.query(`update rollup_grain set merged_to = '2000-01-01'`); // as if new cohorts had matured
  expect(await mergeCohorts(pool, new Date(clock))).toBe(1);
  expect((await calls())[0]).toEqual(['merged', 15, 150]);
});

async function sender(clock: () => number): Promise<(events: unknown[]) => Promise<void>> {
  const rows = await readRulesetRows(databaseOf(pool), 1);
  if (!rows) throw new Error('no ruleset');
  const catalogue = compileCatalogue(1, rows);
  const source = { get: async () => catalogue, refresh: async () => catalogue };
  const ingest = createIngest({ pool, catalogue: source, now: clock });
  return async (events) => {
    const { rejected } = await ingest.accept(1, { batch: uuid7(clock()), events }, null);
    expect(rejected).toEqual([]);
  };
}

function exposure(random: () => number, unit: string, at: number) {
  const phase = random() < 0.5 ? 1 : 2;
  return {
    ...{ type: 'exposure', unit, slot: EXPERIMENTS[phase - 1], phase, step: 1, at: Math.floor(at), ruleset: 1 },
    ...{ variant: random() < 0.5 ? 'a' : 'b', decision: `d-${unit}`, propensity: 0.5, source: 'hash' },
    attributes: { country: 'c1', tier: 'gold' },
  };
}

const outcome = (unit: string, at: number) => ({
  ...{ type: 'outcome', unit, name: 'click', at: Math.floor(at), value: 2.5 },
  properties: { kind: 'x', big: true },
});

interface Reading {
  phase: Pick<PhaseRow, 'id' | 'split'>;
  rows: Omit<ReportRows, 'cohorts'>;
  chart: ReturnType<typeof exposuresOf>;
}

/** What reports read, but for the cohorts themselves, of which the chart shows no more than it did. */
async function readAll(at: number): Promise<Reading[]> {
  const found: Reading[] = [];
  for (const key of EXPERIMENTS) {
    const phase = (await findExperiment(databaseOf(pool), 1, key))?.phases[0];
    if (!phase) throw new Error('no phase');
    const { cohorts, ...rows } = await readReportRows(pool, phase, new Date(at));
    const chart = exposuresOf(phase, { ...rows, cohorts });
    const ordered = { measures: sorted(rows.measures), segments: sorted(rows.segments), pairs: sorted(rows.pairs) };
    found.push({ phase: { id: phase.id, split: phase.split }, rows: { ...rows, ...ordered }, chart });
  }
  return found;
}

const sorted = <T>(rows: T[]): T[] => rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Sums over a unit's outcomes may have been rounded in another order. */
const rounded = (readings: Reading[]): unknown =>
  JSON.parse(
    JSON.stringify(readings, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(11)) : value)),
  );

/** Moments and segments have one merged cohort and those still open; `open`: whether there are any of these. */
async function expectCohorts(at: number, open: boolean): Promise<void> {
  const { rows } = await pool.query<{ phase: number; name: string; merged: boolean; ripe: boolean }>(
    `select distinct phase, name, cohort = '-infinity' as merged,
       cohort <> '-infinity' and cohort + interval '100 minutes' <= $1 as ripe
     from (select phase_id as phase, 'moment' as name, cohort from moment
       union all select phase_id, 'moment_pair', cohort from moment_pair
       union all select phase_id, 'unit_count', cohort from unit_count where segment_id > 0) c`,
    [new Date(at)],
  );
  const tables = { 1: ['moment', 'moment_pair', 'unit_count'], 2: ['moment'] };
  for (const [phase, names] of Object.entries(tables)) {
    const mine = rows.filter((row) => row.phase === Number(phase));
    expect([...new Set(mine.filter((row) => row.merged).map((row) => row.name))].sort()).toEqual(names);
    expect([...new Set(mine.filter((row) => !row.merged).map((row) => row.name))].sort()).toEqual(open ? names : []);
  }
  expect(rows.filter((row) => row.ripe)).toEqual([]);
  const tardy = await pool.query(
    `select from unit_state join rollup_grain using (phase_id) where unit_id like 'tardy%' and cohort < merged_to`,
  );
  expect(tardy.rowCount).toBeGreaterThan(5);
}

/** New units in each step of the chart, counted one by one. */
async function expectChartsByHand(at: number): Promise<void> {
  const { rows: units } = await pool.query<{ phase_id: number; variant_id: number; first_at: Date }>(
    'select phase_id, variant_id, first_at from unit_state',
  );
  for (const { phase, chart } of await readAll(at)) {
    const stepMs = chart.bucketSeconds * 1000;
    const counts = new Map<string, number>();
    for (const { variant_id, first_at } of units.filter((each) => each.phase_id === phase.id)) {
      const variant = phase.split.find((each) => each.variantId === variant_id)?.variant;
      const key = `${new Date(Math.floor(first_at.getTime() / stepMs) * stepMs).toISOString()} ${variant}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(Object.fromEntries(chart.points.map((each) => [`${each.at} ${each.variant}`, each.units]))).toEqual(
      Object.fromEntries(counts),
    );
  }
}
