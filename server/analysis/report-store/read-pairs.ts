import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { exactly, zeroValue } from '../../rollup/statements/expressions.ts';

const PAIRS = {
  name: 'report pairs',
  text: `with measures as (
     select pm.measure_id as id, m.window_seconds + pm.lateness_seconds as seconds,
       coalesce(${exactly('h.c')}, 0) as c, ${zeroValue('m.lower', 'm.upper')} as z
     from phase_measure pm join measure m on m.id = pm.measure_id
     left join moment_shift h on h.phase_id = pm.phase_id and h.measure_id = pm.measure_id
     where pm.phase_id = $1
   ), pair as (
     select p.measure_a, p.measure_b, a.c as ca, a.z as za, b.c as cb, b.z as zb,
       make_interval(secs => greatest(a.seconds, b.seconds) + $2::int) as t
     from phase_pair p join measures a on a.id = p.measure_a join measures b on b.id = p.measure_b where p.phase_id = $1
   ), unit as (
     select p.measure_a, p.measure_b, u.variant_id, sum(u.fresh) as units
     from unit_count u cross join pair p
     where u.phase_id = $1 and u.segment_id = 0 and u.cohort + p.t <= $3 group by 1, 2, 3
   ), side as (    -- sums of either measure over units that have a total
     select p.measure_a, p.measure_b, o.variant_id,
       sum(o.n) filter (where o.measure_id = p.measure_a) as na, sum(o.s) filter (where o.measure_id = p.measure_a) as sa,
       sum(o.n) filter (where o.measure_id = p.measure_b) as nb, sum(o.s) filter (where o.measure_id = p.measure_b) as sb
     from pair p join moment o on o.phase_id = $1 and o.measure_id in (p.measure_a, p.measure_b)
     where o.segment_id = 0 and o.cohort + p.t <= $3 group by 1, 2, 3
   ), product as (
     select p.measure_a, p.measure_b, o.variant_id, sum(o.sxy) as sxy
     from pair p join moment_pair o using (measure_a, measure_b)
     where o.phase_id = $1 and o.segment_id = 0 and o.cohort + p.t <= $3 group by 1, 2, 3
   ), filled as (  -- with the zeros
     select u.measure_a, u.measure_b, u.variant_id, u.units,
       coalesce(s.sa, 0) + coalesce(s.na, 0) * p.ca + (u.units - coalesce(s.na, 0)) * p.za as a,
       coalesce(s.sb, 0) + coalesce(s.nb, 0) * p.cb + (u.units - coalesce(s.nb, 0)) * p.zb as b,
       coalesce(o.sxy, 0) + u.units * p.za * p.zb as ab
     from unit u join pair p using (measure_a, measure_b)
     left join side s using (measure_a, measure_b, variant_id)
     left join product o using (measure_a, measure_b, variant_id)
     where u.units > 0
   )
   select measure_a, measure_b, variant_id, units, (units * ab - a * b)::float8 / units::float8 as m11 from filled`,
};

/**
 * Centred products of two measures over the units of an arm that are mature in both. `moment_pair` holds products less
 * z_a z_b, the product of a unit without outcomes, which is added back for every unit.
 */
export async function readPairs(db: Queryable, phase: PhaseRow, asOf: Date) {
  const { rows } = await db.query<{
    measure_a: number;
    measure_b: number;
    variant_id: number;
    units: string;
    m11: number;
  }>({ ...PAIRS, values: [phase.id, phase.cohortSeconds, asOf] });
  return rows.map((row) => ({
    measureA: row.measure_a,
    measureB: row.measure_b,
    variantId: row.variant_id,
    units: Number(row.units),
    m11: row.m11,
  }));
}
