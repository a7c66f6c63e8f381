import type { Queryable } from '../../db/queryable.ts';
import type { UnitResult } from '../unit-result.ts';

/** What the job on unit totals found last. */
export async function readUnitResults(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ metric_id: number; computed_at: Date; result: UnitResult }>({
    name: 'report unit results',
    text: 'select metric_id, computed_at, result from holistic where phase_id = $1 and metric_id > 0 order by metric_id',
    values: [phaseId],
  });
  return rows.map((row) => ({ metricId: row.metric_id, computedAt: row.computed_at, result: row.result }));
}

/**
 * Every look taken, in order. Of a comparison's looks before the last one only what charts and later bounds need is read:
 * an always-valid phase may have a hundred.
 */
export async function readLooks(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ metric_id: number; comparison: number; k: number; at: Date; result: unknown }>({
    name: 'report looks',
    text: `with numbered as (
       select *, k = max(k) over (partition by metric_id, comparison) as last,
         result->'comparison'->'look'->>'rule' = 'always_valid' as bounded
       from look where phase_id = $1
     )
     select metric_id, comparison, k, at, case when last or not bounded then result else
       result - '{comparison,control,arm}'::text[] || jsonb_build_object(
         'comparison', jsonb_build_object(
           'variant', result->'comparison'->'variant', 'control', result->'comparison'->'control',
           'status', result->'comparison'->'status', 'look', result->'comparison'->'look',
           'difference', result->'comparison'->'difference', 'pValue', result->'comparison'->'pValue',
           'log10P', result->'comparison'->'log10P', 'significant', result->'comparison'->'significant'),
         'control', jsonb_build_object('units', result->'control'->'units'),
         'arm', jsonb_build_object('units', result->'arm'->'units')) end as result
     from numbered order by metric_id, comparison, k`,
    values: [phaseId],
  });
  return rows.map(({ metric_id, ...row }) => ({ metricId: metric_id, ...row }));
}
