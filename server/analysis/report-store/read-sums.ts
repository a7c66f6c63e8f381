import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { exactly, zeroValue } from '../../rollup/statements/expressions.ts';

interface SumsRow {
  measure_id: number;
  variant_id: number;
  segment_id: number;
  mature: boolean;
  units: string;
  sum: number;
  mean: number;
  m2: number;
  m3: number;
  capped: string;
}

/**
 * Exact sums with the units added that have no total: their value is the measure's zero, z. Centred moments are
 * differences of exact numbers, so that they keep their digits whatever the mean is.
 */
function sumsStatement(which: string): string {
  return `with wait as (    -- how long after its cohort's end a unit's value is final
       select pm.measure_id, make_interval(secs => m.window_seconds + pm.lateness_seconds + $2::int) as t,
         coalesce(${exactly('h.c')}, 0) as c, ${zeroValue('m.lower', 'm.upper')} as z
       from phase_measure pm join measure m on m.id = pm.measure_id
       left join moment_shift h on h.phase_id = pm.phase_id and h.measure_id = pm.measure_id
       where pm.phase_id = $1
     ), unit as (
       select w.measure_id, u.variant_id, u.segment_id, u.cohort + w.t <= $3 as mature, sum(u.fresh) as units
       from unit_count u cross join wait w where u.phase_id = $1 and ${which} group by 1, 2, 3, 4
     ), total as (
       select w.measure_id, u.variant_id, u.segment_id, u.cohort + w.t <= $3 as mature,
         sum(u.n) as n, sum(u.s) as s, sum(u.ss) as ss, sum(u.sss) as sss, sum(u.capped) as capped
       from moment u join wait w using (measure_id) where u.phase_id = $1 and ${which} group by 1, 2, 3, 4
     ), filled as (    -- with the zeros
       select u.measure_id, u.variant_id, u.segment_id, u.mature, u.units, w.c, x.s, x.ss, x.sss, x.capped
       from unit u join wait w using (measure_id)
       left join total t using (measure_id, variant_id, segment_id, mature)
       cross join lateral (select u.units - coalesce(t.n, 0) as n, w.z - w.c as q) zero
       cross join lateral (select coalesce(t.s, 0) + zero.n * zero.q as s,
         coalesce(t.ss, 0) + zero.n * zero.q * zero.q as ss,
         coalesce(t.sss, 0) + zero.n * zero.q * zero.q * zero.q as sss,
         coalesce(t.capped, 0) + case when w.z <> 0 then zero.n else 0 end as capped) x   -- z is 0 unless that is clipped
       where u.units > 0
     )
     select measure_id, variant_id, segment_id, mature, units, (s + units * c)::float8 as sum,
       ((s + units * c) / units)::float8 as mean, greatest((units * ss - s * s)::float8 / units::float8, 0) as m2,
       (units * units * sss - 3 * units * s * ss + 2 * s * s * s)::float8 / (units * units)::float8 as m3, capped
     from filled`;
}

/** Of each measure and variant: over all units, mature and open. */
export async function readMeasures(db: Queryable, phase: PhaseRow, asOf: Date) {
  const { rows } = await db.query<SumsRow>(sumsStatement('u.segment_id = 0'), [phase.id, phase.cohortSeconds, asOf]);
  return rows.map((row) => ({ ...sumsOf(row), mature: row.mature, m3: row.m3, capped: Number(row.capped) }));
}

/** The same over mature units by segment. */
export async function readSegments(db: Queryable, phase: PhaseRow, asOf: Date) {
  const { rows } = await db.query<SumsRow>(`${sumsStatement('u.segment_id > 0')} where mature`, [
    phase.id,
    phase.cohortSeconds,
    asOf,
  ]);
  return rows.map((row) => ({ ...sumsOf(row), segmentId: row.segment_id }));
}

function sumsOf({ measure_id, variant_id, units, sum, mean, m2 }: SumsRow) {
  return { measureId: measure_id, variantId: variant_id, units: Number(units), sum, mean, m2 };
}
