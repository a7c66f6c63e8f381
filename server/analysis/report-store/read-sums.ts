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
  m2: number;
  m3: number;
  capped: string;
}

interface Scope {
  /** Rows of one of the two tables that may count. */
  from(table: 'unit_count' | 'moment'): string;
  /** Whether a row `u` is mature in what waits `w.t`, and whether it counts. */
  mature: string;
  counts: string;
  /** The third moment, of sums s and ss and sss, where it is asked for: powers of exact numbers are most of the work. */
  m3: string;
}

const MATURE = 'u.cohort + w.t <= $3';

/** All units, mature and open. */
const ALL: Scope = {
  from: (table) => `(select * from ${table} where phase_id = $1 and segment_id = 0)`,
  mature: MATURE,
  counts: 'true',
  m3: '(units * units * sss - 3 * units * s * ss + 2 * s * s * s)::float8 / (units * units)::float8',
};

/** The mature ones by segment: a range of rows each, without the cohorts that are open in all measures. */
const BY_SEGMENT: Scope = {
  from: (table) => `(select o.* from segment_value v cross join lateral (select * from ${table}
      where phase_id = $1 and segment_id = v.id and cohort <= $3::timestamptz - (select min(t) from wait) offset 0) o
    where v.phase_id = $1)`,
  mature: 'true',
  counts: MATURE,
  m3: '0::float8',
};

/**
 * Exact sums with the units added that have no total: their value is the measure's zero, z. Centred moments are
 * differences of exact numbers, so that they keep their digits whatever the mean is.
 */
function sumsStatement({ from, mature, counts, m3 }: Scope): string {
  return `with wait as (    -- how long after its cohort's end a unit's value is final
       select pm.measure_id, make_interval(secs => m.window_seconds + pm.lateness_seconds + $2::int) as t,
         coalesce(${exactly('h.c')}, 0) as c, ${zeroValue('m.lower', 'm.upper')} as z
       from phase_measure pm join measure m on m.id = pm.measure_id
       left join moment_shift h on h.phase_id = pm.phase_id and h.measure_id = pm.measure_id
       where pm.phase_id = $1
     ), unit as (      -- the same for measures that wait as long
       select w.t, u.variant_id, u.segment_id, ${mature} as mature, sum(u.fresh) as units
       from ${from('unit_count')} u cross join (select distinct t from wait) w where ${counts} group by 1, 2, 3, 4
     ), part as (      -- added up rather than joined, which the planner cannot get wrong
       select w.measure_id, u.variant_id, u.segment_id, u.mature, u.units, 0 as n, 0 as s, 0 as ss, 0 as sss, 0 as capped
       from unit u join wait w using (t)
       union all
       select u.measure_id, u.variant_id, u.segment_id, ${mature}, 0, u.n, u.s, u.ss, u.sss, u.capped
       from ${from('moment')} u join wait w using (measure_id) where ${counts}
     ), total as (
       select measure_id, variant_id, segment_id, mature, sum(units) as units, sum(n) as n, sum(s) as s, sum(ss) as ss,
         sum(sss) as sss, sum(capped) as capped
       from part group by 1, 2, 3, 4 having sum(units) > 0
     ), filled as (    -- with the zeros
       select t.measure_id, t.variant_id, t.segment_id, t.mature, t.units, w.c, t.s + z.n * z.q as s,
         t.ss + z.n * z.q * z.q as ss, t.sss + z.n * z.q * z.q * z.q as sss,
         t.capped + case when w.z <> 0 then z.n else 0 end as capped   -- z is 0 unless that is clipped
       from total t join wait w using (measure_id)
       cross join lateral (select t.units - t.n as n, w.z - w.c as q) z
     )
     select measure_id, variant_id, segment_id, mature, units, (s + units * c)::float8 as sum,
       greatest((units * ss - s * s)::float8 / units::float8, 0) as m2, ${m3} as m3, capped
     from filled`;
}

const MEASURES = { name: 'report measures', text: sumsStatement(ALL) };
const SEGMENTS = { name: 'report segments', text: sumsStatement(BY_SEGMENT) };

/** Of each measure and variant: over all units, mature and open. */
export async function readMeasures(db: Queryable, phase: PhaseRow, asOf: Date) {
  const { rows } = await db.query<SumsRow>({ ...MEASURES, values: [phase.id, phase.cohortSeconds, asOf] });
  return rows.map((row) => ({ ...sumsOf(row), mature: row.mature, m3: row.m3, capped: Number(row.capped) }));
}

/** The same over mature units by segment. */
export async function readSegments(db: Queryable, phase: PhaseRow, asOf: Date) {
  const { rows } = await db.query<SumsRow>({ ...SEGMENTS, values: [phase.id, phase.cohortSeconds, asOf] });
  return rows.map((row) => ({ ...sumsOf(row), segmentId: row.segment_id }));
}

function sumsOf({ measure_id, variant_id, units, sum, m2 }: SumsRow) {
  return { measureId: measure_id, variantId: variant_id, units: Number(units), sum, mean: sum / Number(units), m2 };
}
