import type { Queryable } from '../../db/queryable.ts';
import type { UnitResult } from '../unit-result.ts';

/** What the job on unit totals found last. */
export async function readUnitResults(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ metric_id: number; computed_at: Date; result: UnitResult }>(
    'select metric_id, computed_at, result from holistic where phase_id = $1 order by metric_id',
    [phaseId],
  );
  return rows.map((row) => ({ metricId: row.metric_id, computedAt: row.computed_at, result: row.result }));
}

/** Every look taken, in order. */
export async function readLooks(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ metric_id: number; comparison: number; k: number; at: Date; result: unknown }>(
    'select metric_id, comparison, k, at, result from look where phase_id = $1 order by metric_id, comparison, k',
    [phaseId],
  );
  return rows.map(({ metric_id, ...row }) => ({ metricId: metric_id, ...row }));
}
