import type pg from 'pg';
import { expect } from 'vitest';
import { readReportRows } from '../../server/analysis/report-store.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { declaredKind } from '../../server/metrics/declared-kind.ts';
import { sqlArms, sqlEdges } from './sql-oracle.ts';

/** The report reads what plain SQL over raw events says, of every additive metric of an experiment, to 1e-9. */
export async function expectSqlAgrees(pool: pg.Pool, key: string, now: Date): Promise<Set<string>> {
  const row = await findExperiment(databaseOf(pool), 1, key);
  const phase = row?.phases[0];
  if (!row || !phase) throw new Error(`no experiment ${key}`);
  const read = (await readReportRows(pool, phase, now)).measures;
  const kinds = new Set<string>();
  for (const metric of row.metrics) {
    const kind = declaredKind(metric);
    if (kind === 'ratio' || kind === 'quantile' || kind === 'rank') continue;
    kinds.add(kind);
    const expected = await sqlArms(pool, phase.id, metric.key, kind, now);
    const found = read.filter((each) => each.measureId === metric.measureId);
    expect(found.length, metric.key).toBe(expected.length);
    for (const { variantId, mature, units, mean, m2, largest } of expected) {
      const own = found.find((each) => each.variantId === variantId && each.mature === mature);
      const what = `${metric.key} (${kind}) of variant ${variantId}, ${mature ? 'mature' : 'open'}`;
      expect(own?.units, what).toBe(units);
      const rounding = largest * 2 ** -50;
      expect(Math.abs((own?.mean ?? Number.NaN) - mean), what).toBeLessThanOrEqual(1e-9 * Math.abs(mean) + rounding);
      expect(Math.abs((own?.m2 ?? Number.NaN) - m2), what).toBeLessThanOrEqual(1e-9 * m2 + units * rounding ** 2);
    }
  }
  return kinds;
}

/** Metrics of hashed and external phases with windows that open at once and later. */
const EDGED = [
  [1, 'm1'],
  [1, 'm10'],
  [2, 'm4'],
  [3, 'm10'],
] as const;

/** The stream has outcomes exactly at each edge, and a millisecond before it. */
export async function expectEdges(pool: pg.Pool): Promise<void> {
  const found = await Promise.all(EDGED.map(([phase, metric]) => sqlEdges(pool, phase, metric)));
  expect([...new Set(found.flatMap((each) => Object.keys(each)))].sort()).toEqual(
    ['close', 'late', 'open'].flatMap((edge) => [`${edge} exactly`, `${edge} just before`]),
  );
}
