import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { exactly, zeroValue } from '../../rollup/statements/expressions.ts';

/** Mature fresh units of one step and variant: of a measure, or of a ratio's two. */
export interface StepSums {
  measureId: number;
  denominatorId: number | null;
  step: number;
  variantId: number;
  units: number;
  mean: number;
  m2: number;
  /** Of the denominator; 0 where there is none. */
  denominatorMean: number;
  denominatorM2: number;
  m11: number;
}

/**
 * Sums of each metric by step and variant over units that are mature in all its measures, those without outcomes
 * included: their value is the measure's zero. Exact until the last division.
 */
export async function readStepSums(
  db: Queryable,
  phase: PhaseRow,
  subjects: { measureId: number; denominatorId: number | null }[],
  asOf: Date,
): Promise<StepSums[]> {
  if (subjects.length === 0) return [];
  const { rows } = await db.query<StepSums & { denominatorId: number }>(
    `with measures as (
       select pm.measure_id as id, m.window_seconds + pm.lateness_seconds as seconds,
         coalesce(${exactly('h.c')}, 0) as c, ${zeroValue('m.lower', 'm.upper')} as z
       from phase_measure pm join measure m on m.id = pm.measure_id
       left join moment_shift h on h.phase_id = pm.phase_id and h.measure_id = pm.measure_id
       where pm.phase_id = $1
     ), subject as (   -- b is 0 where there is no denominator
       select s.a, s.b, a.c as ca, a.z as za, coalesce(b.c, 0) as cb, coalesce(b.z, 0) as zb,
         make_interval(secs => greatest(a.seconds, b.seconds) + $2::int) as t
       from unnest($4::int[], $5::int[]) as s(a, b) join measures a on a.id = s.a left join measures b on b.id = s.b
     ), unit as (
       select s.a, s.b, u.step, u.variant_id, sum(u.fresh) as units
       from unit_count u cross join subject s
       where u.phase_id = $1 and u.segment_id = 0 and u.cohort + s.t <= $3 group by 1, 2, 3, 4
     ), side as (      -- over units that have a total
       select s.a, s.b, o.step, o.variant_id,
         sum(o.n) filter (where o.measure_id = s.a) as na, sum(o.s) filter (where o.measure_id = s.a) as sa,
         sum(o.ss) filter (where o.measure_id = s.a) as ssa, sum(o.n) filter (where o.measure_id = s.b) as nb,
         sum(o.s) filter (where o.measure_id = s.b) as sb, sum(o.ss) filter (where o.measure_id = s.b) as ssb
       from subject s join moment o on o.phase_id = $1 and o.measure_id in (s.a, s.b)
       where o.segment_id = 0 and o.cohort + s.t <= $3 group by 1, 2, 3, 4
     ), product as (   -- less the product of two zeros
       select s.a, s.b, o.step, o.variant_id, sum(o.sxy) as sxy
       from subject s join moment_pair o on o.phase_id = $1 and o.measure_a = least(s.a, s.b) and o.measure_b = greatest(s.a, s.b)
       where o.segment_id = 0 and o.cohort + s.t <= $3 group by 1, 2, 3, 4
     ), filled as (    -- with the zeros, and without the shift
       select u.a, u.b, u.step, u.variant_id, u.units, x.a as xa, x.aa, x.b as xb, x.bb,
         case when u.a = u.b then x.aa else coalesce(p.sxy, 0) + u.units * s.za * s.zb end as ab
       from unit u join subject s using (a, b)
       left join side i using (a, b, step, variant_id) left join product p using (a, b, step, variant_id)
       cross join lateral (select coalesce(i.na, 0) as na, coalesce(i.nb, 0) as nb, coalesce(i.sa, 0) as sa,
         coalesce(i.sb, 0) as sb, coalesce(i.ssa, 0) as ssa, coalesce(i.ssb, 0) as ssb) k
       cross join lateral (select k.sa + k.na * s.ca + (u.units - k.na) * s.za as a,
         k.ssa + 2 * s.ca * k.sa + k.na * s.ca * s.ca + (u.units - k.na) * s.za * s.za as aa,
         k.sb + k.nb * s.cb + (u.units - k.nb) * s.zb as b,
         k.ssb + 2 * s.cb * k.sb + k.nb * s.cb * s.cb + (u.units - k.nb) * s.zb * s.zb as bb) x
       where u.units > 0
     )
     select a as "measureId", b as "denominatorId", step, variant_id as "variantId", units::float8 as units,
       (xa / units)::float8 as mean, greatest((units * aa - xa * xa)::float8 / units::float8, 0) as m2,
       (xb / units)::float8 as "denominatorMean",
       greatest((units * bb - xb * xb)::float8 / units::float8, 0) as "denominatorM2",
       (units * ab - xa * xb)::float8 / units::float8 as m11
     from filled order by a, b, step, variant_id`,
    [
      phase.id,
      phase.cohortSeconds,
      asOf,
      subjects.map((each) => each.measureId),
      subjects.map((each) => each.denominatorId ?? 0),
    ],
  );
  return rows.map((row) => ({ ...row, denominatorId: row.denominatorId || null }));
}
