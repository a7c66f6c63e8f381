import type pg from 'pg';

/**
 * What a report must read of a metric, asked of raw events once more: a query of its own for each kind, in decimals,
 * written for readers. It shares nothing with the roll-up, not even a condition.
 */
export interface OracleArm {
  variantId: number;
  mature: boolean;
  units: number;
  mean: number;
  /** Sum of squared deviations. */
  m2: number;
  /** Largest value, without its sign: what a unit's float may have rounded is some 2^-50 of it. */
  largest: number;
}

/** Units seen in one variant only, from their first exposure on, and the same metric's rules beside each. */
const UNITS = `unit as (
  select e.unit_id, min(e.variant_id) as variant_id, min(e.at) as exposed_at
  from exposure e where e.phase_id = $1
  group by e.unit_id having min(e.variant_id) = max(e.variant_id)
), rule as (
  select m.*, k.quantile, k.cap_quantile, k.denominator_id, p.assignment, p.id as phase_id, p.cohort_seconds, w.lateness_seconds
  from phase p join metric k on k.key = $2 join measure m on m.id = k.measure_id
  join phase_measure w on w.phase_id = p.id and w.measure_id = m.id
  where p.id = $1
)`;

/** An outcome is the metric's when it has its name, every property of its filter, and names the phase if it is a call's. */
const ITS_OUTCOME = `o.unit_id = unit.unit_id and o.name = rule.outcome
    and not exists (select from jsonb_each(rule.filter) f where o.properties->f.key is distinct from f.value)
    and (o.name not like 'assay.%' or o.properties->>'phase' = rule.phase_id::text)`;

/** It counts from the opening of the window up to before its end, if it arrived before the allowance was over. */
const COUNTS = `extract(epoch from o.at) >= extract(epoch from unit.exposed_at) + rule.start_seconds
    and extract(epoch from o.at) < extract(epoch from unit.exposed_at) + rule.window_seconds
    and (rule.assignment = 'external'
      or extract(epoch from o.received_at - unit.exposed_at) < rule.window_seconds + rule.lateness_seconds)`;

const YES = `case when exists (select from outcome o where ${ITS_OUTCOME} and ${COUNTS} and o.value <> 0) then 1.0 else 0.0 end`;
const NUMBER = `(select count(*)::numeric from outcome o where ${ITS_OUTCOME} and ${COUNTS})`;
const SUM = `(select coalesce(sum(o.value::text::numeric), 0) from outcome o where ${ITS_OUTCOME} and ${COUNTS})`;
/** At fixed limits; infinite ones do not exist in decimals of floats of this size. */
const clipped = (value: string) => `greatest(least(${value},
  case when rule.upper = 'Infinity' then 1e300 else rule.upper::text::numeric end),
  case when rule.lower = '-Infinity' then -1e300 else rule.lower::text::numeric end)`;

/** The value of one unit, by kind; retention is a yes whose window opens later, which the rule says. */
const VALUE = { proportion: YES, retention: YES, count: clipped(NUMBER), mean: clipped(SUM) };
export type OracleKind = keyof typeof VALUE;

/** Units, mean and squares of each arm, mature and open, of a proportion, retention, count or mean. */
export async function sqlArms(pool: pg.Pool, phase: number, metric: string, kind: OracleKind, asOf: Date) {
  const { rows } = await pool.query<OracleArm>(
    `with ${UNITS}, valued as (
       select unit.variant_id, ${VALUE[kind]} as y,
         -- final when the last unit of the same hour (or minute) has had its window and the allowance
         (floor(extract(epoch from unit.exposed_at) / rule.cohort_seconds) + 1) * rule.cohort_seconds
           + rule.window_seconds + rule.lateness_seconds <= extract(epoch from $3::timestamptz) as mature
       from unit cross join rule
     )
     select variant_id as "variantId", mature, count(*)::int as units, avg(y)::float8 as mean,
       ((count(*) * sum(y * y) - sum(y) * sum(y)) / count(*))::float8 as m2, max(abs(y))::float8 as largest
     from valued group by 1, 2`,
    [phase, metric, asOf],
  );
  return rows;
}

/** Of a ratio: mature units' sums of numerator and denominator, and the variance of its linearised value. */
export async function sqlRatio(pool: pg.Pool, phase: number, metric: string, asOf: Date) {
  const { rows } = await pool.query<{ variantId: number; units: number; value: number; standardError: number }>(
    `with ${UNITS}, below as (
       select m.* from rule join measure m on m.id = rule.denominator_id
     ), valued as (
       select unit.variant_id, ${SUM} as y,
         (select coalesce(sum(case below.aggregate when 'count' then 1 else o.value::text::numeric end), 0)
          from outcome o cross join below
          where o.unit_id = unit.unit_id and o.name = below.outcome
            and not exists (select from jsonb_each(below.filter) f where o.properties->f.key is distinct from f.value)
            and ${COUNTS}) as d
       from unit cross join rule
       where (floor(extract(epoch from unit.exposed_at) / rule.cohort_seconds) + 1) * rule.cohort_seconds
         + rule.window_seconds + rule.lateness_seconds <= extract(epoch from $3::timestamptz)
     ), arm as (
       select variant_id, count(*) as n, sum(y) / sum(d) as ratio, avg(d) as mean_d
       from valued group by 1 having sum(d) <> 0
     )
     select v.variant_id as "variantId", a.n::int as units, a.ratio::float8 as value,
       (sqrt(sum((v.y - a.ratio * v.d) ^ 2) / (a.n - 1) / a.n) / abs(a.mean_d))::float8 as "standardError"
     from valued v join arm a using (variant_id) group by 1, a.n, a.ratio, a.mean_d`,
    [phase, metric, asOf],
  );
  return rows;
}

/** Outcomes that arrived too late to count, by variant and UTC day of arrival. */
export async function sqlLate(pool: pg.Pool, phase: number, metric: string) {
  const { rows } = await pool.query<{ variantId: number; day: string; n: number }>(
    `with ${UNITS}
     select unit.variant_id as "variantId", to_char(o.received_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as n
     from unit cross join rule join outcome o on ${ITS_OUTCOME}
     where extract(epoch from o.at - unit.exposed_at) >= rule.start_seconds
       and extract(epoch from o.at - unit.exposed_at) < rule.window_seconds
       and extract(epoch from o.received_at - unit.exposed_at) >= rule.window_seconds + rule.lateness_seconds
     group by 1, 2 order by 1, 2`,
    [phase, metric],
  );
  return rows;
}

/** How many outcomes lie exactly at, or a millisecond before, an edge of a window ("at") or of an allowance ("received"). */
export async function sqlEdges(pool: pg.Pool, phase: number, metric: string) {
  const { rows } = await pool.query<{ edge: string; n: number }>(
    `with ${UNITS}, gap as (
       select extract(epoch from o.at - unit.exposed_at) as at, rule.start_seconds, rule.window_seconds,
         extract(epoch from o.received_at - unit.exposed_at) - rule.window_seconds - rule.lateness_seconds as late
       from unit cross join rule join outcome o on ${ITS_OUTCOME}
     )
     select name || case off when 0 then ' exactly' else ' just before' end as edge, count(*)::int as n
     from gap cross join (values (0), (-0.001)) as x(off) cross join lateral (values
       ('open', at - start_seconds), ('close', at - window_seconds), ('late', case when at < window_seconds then late end)) e(name, value)
     where value = off group by 1`,
    [phase, metric],
  );
  return Object.fromEntries(rows.map(({ edge, n }) => [edge, n]));
}

export interface OracleValue {
  variantId: number;
  units: number;
  value: number;
  standardError: number;
}

/** Means of sums clipped at a quantile of all arms' units together. */
export async function sqlWinsorised(pool: pg.Pool, phase: number, metric: string) {
  const { rows } = await pool.query<OracleValue>(
    `with ${UNITS}, valued as (
       select unit.variant_id, ${SUM}::float8 as y from unit cross join rule
     ), cap as (
       select percentile_cont((select cap_quantile from rule)) within group (order by y) as upper from valued
     )
     select variant_id as "variantId", count(*)::int as units, avg(least(y, upper)) as value,
       stddev_samp(least(y, upper)) / sqrt(count(*)) as "standardError"
     from valued cross join cap group by 1`,
    [phase, metric],
  );
  return rows;
}

/** The quantile of single outcome values of each arm, without any bins. */
export async function sqlQuantile(pool: pg.Pool, phase: number, metric: string) {
  const { rows } = await pool.query<Pick<OracleValue, 'variantId' | 'value'>>(
    `with ${UNITS}
     select unit.variant_id as "variantId",
       percentile_disc((select quantile from rule)) within group (order by o.value) as value
     from unit cross join rule join outcome o on ${ITS_OUTCOME} and ${COUNTS} group by 1`,
    [phase, metric],
  );
  return rows;
}

/**
 * The difference between variant 2 and variant 1, adjusted for the metric's own outcomes of the days before: in each arm a
 * line through the units whose past is known, taken at all units' mean; the others by their mean; both by their share.
 */
export async function sqlAdjusted(pool: pg.Pool, phase: number, metric: string, kind: OracleKind, days: number) {
  const utcDay = (at: string) => `(${at} at time zone 'UTC')::date`;
  const { rows } = await pool.query<{ estimate: number; missing: number }>(
    `with ${UNITS}, valued as (
       select unit.*, ${VALUE[kind]}::float8 as y,
         (select coalesce(case rule.aggregate when 'any' then max((o.value <> 0)::int) when 'count' then count(*) else sum(o.value) end, 0)
          from outcome o where ${ITS_OUTCOME} and ${utcDay('o.at')} < ${utcDay('unit.exposed_at')}
            and ${utcDay('o.at')} >= ${utcDay('unit.exposed_at')} - $3::int)::float8 as x,
         exists (select from outcome o where o.unit_id = unit.unit_id
           and ${utcDay('o.at')} <= ${utcDay('unit.exposed_at')} - $3::int) as known
       from unit cross join rule
     ), pool as (
       select known, avg(x) as x, count(*) / sum(count(*)) over () as share from valued group by 1
     ), line as (
       select variant_id, known, avg(y) as y, avg(x) as x, case when known then regr_slope(y, x) else 0 end as slope
       from valued group by 1, 2
     ), arm as (
       select variant_id, sum(share * (line.y + slope * (pool.x - line.x))) as y from line join pool using (known) group by 1
     )
     select (max(y) filter (where variant_id = 2) - max(y) filter (where variant_id = 1))::float8 as estimate,
       (select sum(share) from pool where not known)::float8 as missing
     from arm`,
    [phase, metric, days],
  );
  return rows[0];
}
