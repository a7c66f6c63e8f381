import { unitNumber } from './expressions.ts';

/** Names of a unit's columns in the statement that asks for its covariates. */
export interface CovariateSource {
  unit: string;
  environment: string;
  phase: string;
  firstAt: string;
  attributes: string;
  /** Whether assignment was made elsewhere: a value that was supplied then counts as known. */
  external: string;
}

/**
 * `unit_state.covariate`: what was known of a unit before the UTC day of its first exposure, one element a covariate
 * of the phase, null where it is not known. A measure is known when its days were kept all the while and the unit had
 * been seen by the first of them: then silence is a true 0. Null for phases without covariates.
 */
export function covariateOf({ unit, environment, phase, firstAt, attributes, external }: CovariateSource): string {
  return `(
    select array_agg(${covariateValue(attributes, external)} order by c.position)
    from (    -- once a unit, not once a covariate
      select (${firstAt} at time zone 'UTC')::date as day,
        case when exists (select from phase_covariate c where c.phase_id = ${phase} and c.measure_id is not null)
          then ${firstSeen(unit, environment)} end as seen
      offset 0
    ) x
    cross join phase_covariate c
    left join measure m on m.id = c.measure_id
    left join day_measure k on k.measure_id = c.measure_id and k.environment_id = ${environment}
    left join lateral (
      select sum(d.n) as n, sum(d.value order by d.day) as value from unit_day d
      where d.unit_id = ${unit} and d.environment_id = ${environment} and d.measure_id = c.measure_id
        and d.day >= ${FROM} and d.day < x.day
    ) b on true
    where c.phase_id = ${phase})`;
}

/** The first day that a covariate `c` of a unit `x` looks back to. */
const FROM = 'x.day - c.days';

/** Value of the covariate `c` of a unit `x` (day, seen), from sums `b` of its measure `m`, kept since `k`. */
function covariateValue(attributes: string, external: string): string {
  return `case
      when c.attribute is not null then
        case jsonb_typeof(${attributes}->c.attribute) when 'number' then (${attributes}->>c.attribute)::float8 end
      when (${external} and b.n is not null) or (k.since <= (${FROM})::timestamp at time zone 'UTC' and x.seen <= ${FROM})
        then ${unitNumber('m.aggregate', 'coalesce(b.n, 0)', 'coalesce(b.value, 0)', 'm.lower', 'm.upper')}
    end`;
}

/**
 * The same for all units of a phase $1 at once, as CTE `covariates` (unit_id, step, covariate): asking for each unit
 * takes 0.2 ms a unit. `first` is their first exposures: unit_id, step, environment_id, first_at, attributes,
 * external. Of the phase itself only these are known, not what its rows say so far.
 */
export const COVARIATES_OF_ALL = `
  heard as (   -- the day on which each unit was first heard of
    select unit_id, min(day) as seen
    from (
      select d.unit_id, d.day from unit_day d
      where d.environment_id = (select environment_id from phase where id = $1)
      union all
      select s.unit_id, (s.first_at at time zone 'UTC')::date from unit_state s
      where s.environment_id = (select environment_id from phase where id = $1) and s.phase_id <> $1
    ) e
    where unit_id in (select unit_id from first) group by 1
  ), unit as (
    select f.unit_id, f.step, f.environment_id, f.attributes, f.external, h.seen,
      (f.first_at at time zone 'UTC')::date as day
    from first f left join heard h using (unit_id)
  ), before as (
    select x.unit_id, x.step, c.position, sum(d.n) as n, sum(d.value order by d.day) as value
    from unit x
    join phase_covariate c on c.phase_id = $1
    join unit_day d on d.unit_id = x.unit_id and d.environment_id = x.environment_id and d.measure_id = c.measure_id
      and d.day >= ${FROM} and d.day < x.day
    group by 1, 2, 3
  ), covariates as (
    select x.unit_id, x.step, array_agg(${covariateValue('x.attributes', 'x.external')} order by c.position) as covariate
    from unit x
    join phase_covariate c on c.phase_id = $1
    left join measure m on m.id = c.measure_id
    left join day_measure k on k.measure_id = c.measure_id and k.environment_id = x.environment_id
    left join before b on b.unit_id = x.unit_id and b.step = x.step and b.position = c.position
    group by 1, 2
  )`;

/** The UTC day on which a unit was first heard of in its environment, by outcome or exposure; null: never. */
function firstSeen(unit: string, environment: string): string {
  return `least(
    (select min(d.day) from unit_day d where d.unit_id = ${unit} and d.environment_id = ${environment}),
    (select min((s.first_at at time zone 'UTC')::date) from unit_state s
      where s.unit_id = ${unit} and s.environment_id = ${environment}))`;
}
