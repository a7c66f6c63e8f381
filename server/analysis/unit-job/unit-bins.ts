import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { powerSums, tenThousandths } from '../../rollup/statements/exact-sums.ts';
import { COMPARED, seconds, unitNumber } from '../../rollup/statements/expressions.ts';
import { binOf } from './log-bins.ts';

/**
 * Work table of one transaction, from a single pass over the units: of each measure, by bucket of units and bin of their
 * values, how many of the compared units mature at `asOf` there are, and exact sums of those that have a total.
 */
export async function collectUnitBins(client: Queryable, phase: PhaseRow, asOf: Date): Promise<void> {
  const y = unitNumber('m.aggregate', 'coalesce(t.n, 0)', 'coalesce(t.value, 0)', 'm.lower', 'm.upper');
  await client.query('drop table if exists unit_bin');
  await client.query(
    `create temp table unit_bin on commit drop as
     select step, variant_id, measure_id, bucket, bin, units, lo, hi, count, s1, s2 -- what is not named is not computed
     from (select step, variant_id, measure_id, bucket, bin, count(*) as units, min(y) as lo, max(y) as hi,
       ${powerSums('x', 'k')}
     from (
       select v.*, ${binOf('v.y')} as bin, ${tenThousandths('v.x')} as k
       from (
         select v.*, case when v.present then v.y end as x
         from (
           select u.step, u.variant_id, pm.measure_id, u.bucket, t.unit_id is not null as present, ${y} as y
           from unit_state u
           join phase_measure pm on pm.phase_id = u.phase_id
           join measure m on m.id = pm.measure_id
           left join unit_total t on t.unit_id = u.unit_id and t.phase_id = u.phase_id and t.phase_id = $1
             and t.step = u.step and t.measure_id = pm.measure_id
           where u.phase_id = $1 and ${COMPARED}
             and u.cohort <= $2::timestamptz - ${seconds('$3::int + m.window_seconds + pm.lateness_seconds')}
           offset 0
         ) v
       ) v
       offset 0
     ) v group by 1, 2, 3, 4, 5) g`,
    [phase.id, asOf, phase.cohortSeconds],
  );
}
