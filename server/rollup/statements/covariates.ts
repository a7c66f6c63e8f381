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
  const from = 'x.day - c.days';
  return `(
    select array_agg(case
        when c.attribute is not null then
          case jsonb_typeof(${attributes}->c.attribute) when 'number' then (${attributes}->>c.attribute)::float8 end
        when (${external} and b.n is not null) or (k.since <= (${from})::timestamp at time zone 'UTC'
            and x.seen <= ${from})
          then ${unitNumber('m.aggregate', 'coalesce(b.n, 0)', 'coalesce(b.value, 0)', 'm.lower', 'm.upper')}
      end order by c.position)
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
        and d.day >= ${from} and d.day < x.day
    ) b on true
    where c.phase_id = ${phase})`;
}

/** The UTC day on which a unit was first heard of in its environment, by outcome or exposure; null: never. */
function firstSeen(unit: string, environment: string): string {
  return `least(
    (select min(d.day) from unit_day d where d.unit_id = ${unit} and d.environment_id = ${environment}),
    (select min((s.first_at at time zone 'UTC')::date) from unit_state s
      where s.unit_id = ${unit} and s.environment_id = ${environment}))`;
}
