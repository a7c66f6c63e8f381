import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { readMeasures } from '../../server/analysis/report-store/read-sums.ts';
import { unitJob } from '../../server/analysis/unit-job.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { insertExperiment, insertUnits, makeUnits, PLAN, type TestUnit } from './unit-job-data.ts';

const HOUR = 3_600_000;
let pool: pg.Pool;
let now: number;
lendPoolToEachTest((lent) => {
  pool = lent;
  now = Date.now();
});

/** The rule of bins by the book. */
const binOf = (x: number) => (Math.abs(x) <= 1e-6 ? 0 : Math.sign(x) * Math.ceil(Math.log(Math.abs(x) / 1e-6) / 0.01));

/** Measures 1 to 3 of the test's phase: what a unit has of them; null: no total. */
const VALUES: Record<number, (unit: TestUnit) => number | null> = {
  1: ({ spend }) => spend,
  2: ({ bought }) => (bought === 0 ? null : 1),
  3: ({ views }) => (views === 0 ? null : views),
};

async function prepare(assignment: 'hash' | 'external', change: (units: TestUnit[]) => void = () => {}) {
  const units = makeUnits(900, 11, now);
  change(units);
  await insertExperiment(pool, PLAN, assignment, now);
  await insertUnits(pool, units, now);
  return units.filter((each) => each.not === null);
}

/** Everything stored, as maps by "variant measure bucket" and kind. */
async function stored() {
  const { rows: sums } = await pool.query(
    `select b.*, s::text as s, ss::text as ss, units::int as units, n::int as n, coalesce(h.c, 0) as c from bucket_moment b
     left join moment_shift h using (phase_id, measure_id)`,
  );
  const { rows: bins } = await pool.query('select * from histogram');
  const key = (row: { variant_id: number; measure_id: number; bucket: number }) =>
    `${row.variant_id} ${row.measure_id} ${row.bucket}`;
  const of = (kind: string) =>
    new Map<string, Record<string, number>>(
      bins.filter((each) => each.kind === kind).map((each) => [key(each), each.bins]),
    );
  return { sums: new Map(sums.map((row) => [key(row), row])), unit: of('unit'), outcome: of('outcome') };
}

function counted(values: number[]): Record<string, number> {
  const bins: Record<string, number> = {};
  for (const value of values) bins[binOf(value)] = (bins[binOf(value)] ?? 0) + 1;
  return bins;
}

/** Whole hundredths, so that sums are exact. */
const hundredths = (value: number) => Math.round(value * 100);

async function expectStored(units: TestUnit[], late: boolean): Promise<void> {
  const { sums, unit, outcome } = await stored();
  const seen = { sums: 0, unit: 0, outcome: 0 };
  for (const variant of [1, 2, 3]) {
    for (let bucket = 0; bucket < 100; bucket++) {
      const own = units.filter((each) => each.variant === variant && each.bucket === bucket);
      if (own.length === 0) continue;
      for (const [measure, value] of Object.entries(VALUES)) {
        const at = `${variant} ${measure} ${bucket}`;
        const present = own.flatMap((each) => value(each) ?? []);
        const all = own.map((each) => value(each) ?? 0);
        const row = sums.get(at);
        const s = present.reduce((sum, each) => sum + hundredths(each) - hundredths(row.c), 0);
        const ss = present.reduce((sum, each) => sum + (hundredths(each) - hundredths(row.c)) ** 2, 0);
        expect([row.units, row.n, row.lo, row.hi], at).toEqual([
          own.length,
          present.length,
          Math.min(...all),
          Math.max(...all),
        ]);
        expect([Number(row.s), Number(row.ss)], at).toEqual([s / 100, ss / 10_000]);
        seen.sums += 1;
        if (measure === '2') expect(unit.has(at)).toBe(false);
        else expect(unit.get(at), at).toEqual(counted(all));
        seen.unit += measure === '2' ? 0 : 1;
      }
      const latencies = own.flatMap((each) => [...each.latencies, ...(late ? [3 * (each.latencies[0] ?? 1)] : [])]);
      expect(outcome.get(`${variant} 4 ${bucket}`), `${variant} ${bucket}`).toEqual(counted(latencies));
      seen.outcome += 1;
    }
  }
  // nothing more is stored; measure 4, a number of outcomes, has no totals in this test: every unit is 0
  expect(seen.sums + seen.outcome).toBe(sums.size);
  expect(seen.unit + seen.outcome).toBe(unit.size);
  expect(seen.outcome).toBe(outcome.size);
  for (const [at, row] of sums) {
    if (at.split(' ')[1] === '4') expect([row.n, Number(row.s), row.lo, row.hi], at).toEqual([0, 0, 0, 0]);
  }
}

describe('distributions by bucket of units', () => {
  it.each(['hash', 'external'] as const)('are those of plain loops over the events (%s)', async (assignment) => {
    const units = await prepare(assignment);
    await pool.query('insert into moment_shift (phase_id, measure_id, c) values (1, 1, 3.25), (1, 2, 0), (1, 3, 0)');
    expect(await unitJob(pool, () => new Date(now))()).toBe(true);
    await expectStored(units, assignment === 'external');
  });

  it('are stored anew: what changed, came or went', async () => {
    const units = await prepare('hash');
    let clock = now;
    const job = unitJob(pool, () => new Date(clock));
    expect(await job()).toBe(true);
    await expectStored(units, false);
    const gone = units.slice(0, 30).map((each) => each.unit);
    await pool.query('update unit_state set mixed_at = now() where unit_id = any($1)', [gone]);
    await pool.query(
      `update unit_total set value = (value::numeric + 100)::float8 where measure_id = 1 and phase_id = 1`,
    );
    clock += 60_000;
    expect(await job()).toBe(true);
    const left = units.slice(30).map((each) => ({ ...each, spend: each.spend === null ? null : each.spend + 100 }));
    await expectStored(
      left.map((each) => ({ ...each, spend: each.spend === null ? null : Math.round(each.spend * 100) / 100 })),
      false,
    );
  });

  it('add up exactly to the sums of the roll-up, of huge values too', async () => {
    await prepare('hash');
    await pool.query(`update unit_total set value = value * 1e9 + 1e14 where measure_id = 1 and unit_id like '%1'`);
    await pool.query(`update unit_total set value = -value / 3e7 where measure_id = 1 and unit_id like '%2'`);
    await pool.query('update measure set lower = 0.5 where id = 3'); // a unit without outcomes counts as 0.5
    await rollUp();
    expect(await unitJob(pool, () => new Date(now))()).toBe(true);
    const { rows } = await pool.query(
      `with b as (select variant_id, measure_id, sum(n) as n, sum(s) as s, sum(ss) as ss, sum(units) as units
         from bucket_moment group by 1, 2),
       m as (select variant_id, measure_id, sum(n) as n, sum(s) as s, sum(ss) as ss from moment
         where segment_id = 0 and cohort <= $1 group by 1, 2)
       select b.n = m.n and b.s = m.s and b.ss = m.ss as same, b.n <= b.units as within, b.*
       from m join b using (variant_id, measure_id)`,
      [new Date(now - 3 * HOUR)],
    );
    expect(rows.length).toBe(9);
    for (const row of rows) expect(row).toMatchObject({ same: true, within: true });
    const row = await findExperiment(databaseOf(pool), 1, 'e');
    const read = row?.phases[0] ? await readMeasures(pool, row.phases[0], new Date(now)) : [];
    for (const { variant_id, measure_id, units } of rows) {
      const own = read.find((each) => each.mature && each.variantId === variant_id && each.measureId === measure_id);
      expect(own?.units).toBe(Number(units));
    }
    const { rows: least } = await pool.query('select min(lo) as lo from bucket_moment where measure_id = 3');
    expect(least[0]?.lo).toBe(0.5);
  });

  it('of a canary are kept by step, without its waiting band', async () => {
    const units = await prepare('hash');
    await pool.query(`update phase set mode = 'canary'`);
    await pool.query(`update unit_state set step = 2 where bucket >= 50`);
    await pool.query(`update unit_total set step = 2 where phase_id = 1 and unit_id in
      (select unit_id from unit_state where step = 2)`);
    expect(await unitJob(pool, () => new Date(now))()).toBe(true);
    await expectStored(units, false);
    const { rows } = await pool.query(
      'select step, min(bucket) as least, max(bucket) as most from histogram group by 1 order by 1',
    );
    expect(rows).toEqual([
      { step: 1, least: 0, most: 49 },
      { step: 2, least: 50, most: 99 },
    ]);
  });
});

/** Sums of the unit tables as the roll-up keeps them, by plain arithmetic in decimals. */
async function rollUp(): Promise<void> {
  await pool.query('insert into moment_shift (phase_id, measure_id, c) values (1, 1, 12.345), (1, 2, 0), (1, 3, 0)');
  await pool.query(
    `insert into moment (phase_id, step, variant_id, measure_id, segment_id, cohort, n, s, ss, sss, capped)
     select 1, 1, u.variant_id, t.measure_id, 0, u.cohort, count(*), sum(q), sum(q * q), 0, 0
     from unit_state u join unit_total t using (unit_id, phase_id, step)
     cross join lateral (select case t.measure_id when 1 then t.value::text::numeric - 12.345 when 2 then 1 else t.n end as q) v
     where u.phase_id = 1 and u.mixed_at is null and u.band is null group by 3, 4, 6`,
  );
  await pool.query(
    `insert into unit_count (phase_id, step, variant_id, segment_id, cohort, n, mixed, sticky, fresh)
     select 1, 1, variant_id, 0, cohort, count(*), 0, 0, count(*) from unit_state
     where phase_id = 1 and mixed_at is null and band is null group by 3, 5`,
  );
}
