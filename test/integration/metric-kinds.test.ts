import type pg from 'pg';
import { expect, it } from 'vitest';
import { computeUnitResults } from '../../server/analysis/unit-job/compute-unit-results.ts';
import type { UnitResult } from '../../server/analysis/unit-result.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { rebuildPhase } from '../../server/rollup/rebuild.ts';
import { deliverKinds } from './deliver-kinds.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { COVARIATE_DAYS, makeKinds } from './metric-kinds-data.ts';
import { expectSqlAgrees } from './sql-agreement.ts';
import {
  type OracleArm,
  type OracleValue,
  sqlAdjusted,
  sqlArms,
  sqlLate,
  sqlQuantile,
  sqlRatio,
  sqlWinsorised,
} from './sql-oracle.ts';

const DAY = 86_400_000;
let pool: pg.Pool;
lendPoolToEachTest((lent) => {
  pool = lent;
});

it.each([31, 32])(
  'every kind of metric is what plain SQL over raw events says, incrementally and rebuilt (seed %i)',
  async (seed) => {
    const startedAt = (Math.floor(Date.now() / DAY) - 2) * DAY + 10 * 3_600_000;
    await makeKinds(pool, startedAt);
    await deliverKinds(pool, seed, startedAt);
    await pool.query('create index on outcome (unit_id, name)'); // for the queries of the test
    const asOf = new Date(startedAt + 2 * DAY);
    const late = await lateRows();
    expect(new Set(late.map((each) => each.day)).size).toBe(2);
    expect(new Set(late.map((each) => each.variantId)).size).toBe(2);
    expect(late).toEqual(await sqlLate(pool, 1, 'bought'));
    await expectAll(asOf);
    expect(await rebuildPhase(pool, 1, asOf)).toBe(true);
    await expectAll(asOf);
    expect(await lateRows()).toEqual(late);
  },
  120_000,
);

async function lateRows() {
  const { rows } = await pool.query<{ variantId: number; day: string; n: number }>(
    `select variant_id as "variantId", to_char(day, 'YYYY-MM-DD') as day, n::int from late_day
     where measure_id = 1 and phase_id = 1 order by 1, 2`,
  );
  return rows;
}

async function expectAll(asOf: Date): Promise<void> {
  const kinds = await expectSqlAgrees(pool, 'kinds', asOf);
  expect([...kinds].sort()).toEqual(['count', 'mean', 'proportion', 'retention']);
  const results = await unitResults(asOf);
  for (const { mean, m2, units } of await sqlArms(pool, 1, 'amount', 'mean', asOf)) {
    expect(mean / Math.sqrt(m2 / units)).toBeGreaterThan(5e8); // what it is there for
  }
  expectValues(results['per-view'], await sqlRatio(pool, 1, 'per-view', asOf));
  for (const key of ['spend', 'clipped', 'amount', 'mass']) {
    const arms = await sqlArms(pool, 1, key, 'mean', asOf);
    const value = ({ variantId, units, mean, m2 }: OracleArm): OracleValue => {
      return { variantId, units, value: mean, standardError: Math.sqrt(m2 / (units - 1) / units) };
    };
    expectValues(results[key], arms.map(value));
  }
  expectValues(results.winsorised, await sqlWinsorised(pool, 1, 'winsorised'));
  for (const key of ['p50', 'p95', 'p99']) {
    for (const { variantId, value } of await sqlQuantile(pool, 1, key)) {
      const found = results[key]?.arms.find((each) => each.variantId === variantId)?.value ?? Number.NaN;
      // The middle of a bin of 1 %.
      expect(Math.abs(Math.log(found / value)), key).toBeLessThanOrEqual(0.0051);
    }
  }
  for (const [key, kind] of [
    ['spend', 'mean'],
    ['returned', 'retention'],
    ['views', 'count'],
  ] as const) {
    const expected = await sqlAdjusted(pool, 1, key, kind, COVARIATE_DAYS);
    const effect = results[key]?.effects[0];
    if (effect?.status !== 'ok' || !expected) throw new Error(`no effect on ${key}`);
    close(effect.estimate, expected.estimate);
    close(effect.adjustment?.missingShare, expected.missing);
    expect(expected.missing).toBeGreaterThan(0.1);
    expect(effect.estimate).not.toBeCloseTo(effect.adjustment?.unadjusted.estimate ?? Number.NaN, 6);
  }
}

async function unitResults(asOf: Date): Promise<Record<string, UnitResult>> {
  const row = await findExperiment(databaseOf(pool), 1, 'kinds');
  const phase = row?.phases[0];
  if (!row || !phase) throw new Error('no experiment');
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const found = await computeUnitResults(client, row, phase, asOf);
    await client.query('commit');
    return Object.fromEntries(found.map((each) => [row.metrics.find((m) => m.id === each.metricId)?.key, each.result]));
  } finally {
    client.release();
  }
}

function expectValues(result: UnitResult | undefined, expected: OracleValue[]): void {
  expect(expected).toHaveLength(2);
  for (const { variantId, units, value, standardError } of expected) {
    const found = result?.arms.find((each) => each.variantId === variantId);
    expect(found?.units).toBe(units);
    close(found?.value, value);
    close(found?.standardError, standardError);
  }
}

const close = (got: number | null | undefined, expected: number) =>
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThan(1e-9 * Math.max(1e-3, Math.abs(expected)));
