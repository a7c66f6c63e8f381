import type pg from 'pg';
import { expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import { readReportRows } from '../../server/analysis/report-store.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { mergeCohorts } from '../../server/rollup/merge-cohorts.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { oracle, type Snapshot, snapshotOf, type Total } from './rollup-oracle.ts';
import { EXPERIMENTS, makeExperiments, streamDay, streamEvents } from './rollup-oracle-stream.ts';
import { expectedRows, namedRows } from './rollup-oracle-sums.ts';
import { expectEdges, expectSqlAgrees } from './sql-agreement.ts';

const MINUTE = 60_000;
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

it.each([11, 12])(
  'incremental roll-ups equal an independent oracle and a rebuild (stream %i)',
  async (seed) => {
    await makeExperiments(pool);
    const [random, merging] = [randomFrom(seed), randomFrom(seed + 100)];
    const rows = await readRulesetRows(databaseOf(pool), 1);
    if (!rows) throw new Error('no ruleset');
    const catalogue = compileCatalogue(1, rows);
    const source = { get: async () => catalogue, refresh: async () => catalogue };
    // Two server processes: the second one's clock runs behind, so that batches become visible out of order.
    let clock = streamDay() + 100 * MINUTE;
    const { pick, past, present, late } = streamEvents(random, () => clock);
    const ingests = [0, 4_000].map((behind) => createIngest({ pool, catalogue: source, now: () => clock - behind }));
    const sent: { batch: string; events: unknown[] }[] = [];
    const send = async (event: () => unknown) => {
      const events = Array.from({ length: 1 + Math.floor(random() * 12) }, event);
      const batch = { batch: uuid7(clock), events };
      sent.push(batch);
      const { rejected } = await pick(ingests).accept(1, batch, null);
      expect(rejected).toEqual([]);
      if (random() < 0.15) await pick(ingests).accept(1, pick(sent), null); // a client repeats itself
      if (random() < 0.4) await runCycle(pool, new Date(clock), 1 + Math.floor(random() * 4));
      if (random() < 0.1) await recomputeDirty(pool);
      if (merging() < 0.2) await mergeCohorts(pool, new Date(clock));
    };
    const drain = async () => {
      while ((await runCycle(pool, new Date(clock))) !== 0);
      await recomputeDirty(pool);
    };

    for (let round = 0; round < 60; round++) await send(past);
    await drain();
    expect(await rebuildPhase(pool, 3, new Date(clock))).toBe(true);
    for (let round = 0; round < 120; round++) {
      clock += random() * 2 * MINUTE;
      await send(present);
      const next = late();
      if (next && next.at < clock + 2 * MINUTE && random() < 0.5) {
        clock = next.at; // received at the very end of an allowance, or a millisecond before
        expect((await ingests[0]?.accept(1, { batch: uuid7(clock), events: [next.event()] }, null))?.rejected).toEqual(
          [],
        );
      }
    }
    await drain();

    const expected = await oracle(pool);
    expectWorthwhile(expected);
    expectSame(await snapshotOf(pool), expected);
    await expectReportsMatch(new Date(clock));
    await expectReportsMatch(new Date(clock + 24 * 60 * MINUTE)); // all mature
    await expectEdges(pool);
    await expectSql(new Date(clock));
    await expectSql(new Date(clock + 24 * 60 * MINUTE));
    const { rows: numbers } = await pool.query('select * from segment_value order by phase_id, id');
    const countries = numbers.filter((each) => each.phase_id === 1 && each.attribute === 'country');
    expect(countries.length).toBe(21); // twenty and "other"
    for (const id of [1, 2, 3]) expect(await rebuildPhase(pool, id, new Date(clock))).toBe(true);
    expectSame(await snapshotOf(pool), expected);
    await expectReportsMatch(new Date(clock));
    await expectReportsMatch(new Date(clock + 24 * 60 * MINUTE)); // all mature
    expect((await pool.query('select * from segment_value order by phase_id, id')).rows).toEqual(numbers);
    expect(await mergeCohorts(pool, new Date(clock + 24 * 60 * MINUTE))).toBe(3);
    await expectReportsMatch(new Date(clock + 24 * 60 * MINUTE));
    await expectSql(new Date(clock + 24 * 60 * MINUTE));
  },
  120_000,
);

/** Plain SQL over raw events says the same, of each kind that is a sum. */
async function expectSql(now: Date): Promise<void> {
  const kinds = await Promise.all(EXPERIMENTS.map((key) => expectSqlAgrees(pool, key, now)));
  expect([...new Set(kinds.flatMap((each) => [...each]))].sort()).toEqual(['count', 'mean', 'proportion', 'retention']);
}

/** The stream holds what it is to test. */
function expectWorthwhile(expected: Snapshot): void {
  expect(expected.totals.size).toBeGreaterThan(100);
  const states = [...expected.states.values()];
  expect(states.some((state) => state.mixed)).toBe(true);
  for (const phase of ['1:', '3:']) {
    const mine = [...expected.states].filter(([key]) => key.startsWith(phase)).map(([, each]) => each);
    expect(mine.filter((each) => each.segments.includes('country=?')).length).toBeGreaterThan(3);
    const values = mine.flatMap((each) => each.covariates ?? []);
    expect(values).toContain(null);
    expect(values).toContain(0);
    expect(new Set(values).size).toBeGreaterThan(5);
  }
  // The measure kept since a millisecond after the first day is known only where it was supplied.
  const counted = (phase: string) =>
    [...expected.states].filter(([key]) => key.startsWith(phase)).map(([, each]) => each.covariates?.[2] ?? null);
  expect(counted('1:').every((each) => each === null)).toBe(true);
}

function expectSame(actual: Snapshot, expected: Snapshot): void {
  expect([...actual.states.keys()].sort()).toEqual([...expected.states.keys()].sort());
  for (const [key, { covariates, ...state }] of expected.states) {
    const { covariates: found, ...rest } = actual.states.get(key) ?? { covariates: null };
    expect(rest, key).toEqual(state);
    expect(found?.length, key).toBe(covariates?.length);
    covariates?.forEach((value, i) => {
      if (value === null) expect(found?.[i], `covariate ${i} of ${key}`).toBeNull();
      // Sums of a day's outcomes may have rounded in another order, beside values of 1e15.
      else expect(Math.abs((found?.[i] ?? Number.NaN) - value), `covariate ${i} of ${key}`).toBeLessThanOrEqual(16);
    });
  }
  expectSameTotals(actual.totals, expected.totals);
  expectSameTotals(actual.days, expected.days);
}

function expectSameTotals(actual: Map<string, Total>, expected: Map<string, Total>): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, total] of expected) {
    const found = actual.get(key);
    expect(found?.n, key).toBe(total.n);
    expect(Math.abs((found?.value ?? 0) - total.value)).toBeLessThanOrEqual(1e-12 * Math.max(1, total.size));
  }
}

/** All that reports read, against exact sums over the unit tables; both ways, so that no row is missing or too many. */
async function expectReportsMatch(now: Date): Promise<void> {
  const tables = await snapshotOf(pool);
  for (const [i, key] of EXPERIMENTS.entries()) {
    const row = await findExperiment(databaseOf(pool), 1, key);
    const phase = row?.phases[0];
    if (!row || !phase) throw new Error('no phase');
    const expected = await expectedRows(pool, i + 1, tables, now);
    const actual = namedRows(await readReportRows(pool, phase, now));
    expect(expected.measures.some((each) => each.mature)).toBe(true);
    // Limits that clip some units and not others.
    if (key === 'one') expect(expected.measures.some((each) => each.capped > 0 && each.capped < each.units)).toBe(true);
    expectSameRows(actual.measures, expected.measures, ['measureId', 'variantId', 'mature', 'units']);
    expectSameRows(actual.segments, expected.segments, ['segment', 'measureId', 'variantId', 'units']);
    expectSameRows(actual.pairs, expected.pairs, ['measureA', 'measureB', 'variantId', 'units']);
    expectSameRows(actual.segmentCounts, expected.segmentCounts, ['segment', 'variantId', 'units']);
    expectSameRows(actual.counts, expected.counts, ['variantId', 'units', 'mixed', 'sticky']);
  }
}

function expectSameRows<T extends object>(actual: T[], expected: T[], keys: (keyof T)[]): void {
  const keyOf = (row: T) => keys.map((each) => `${String(row[each])}`).join(' ');
  const byKey = (rows: T[]) => Object.fromEntries(rows.map((each) => [keyOf(each), each]));
  expect(actual.map(keyOf).sort()).toEqual(expected.map(keyOf).sort());
  const found = byKey(actual);
  for (const [key, row] of Object.entries(byKey(expected))) {
    for (const name of Object.keys(row) as (keyof T & string)[]) {
      const [value, other] = [row[name], found[key]?.[name]];
      if (typeof value !== 'number' || typeof other !== 'number') expect(other, `${name} of ${key}`).toEqual(value);
      else expect(Math.abs(other - value), `${name} of ${key}`).toBeLessThanOrEqual(4e-15 * Math.abs(value));
    }
  }
}
