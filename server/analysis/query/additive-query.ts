import { numberLiteral, textLiteral } from '../../db/sql-literal.ts';
import type { QuerySubject } from './query-subject.ts';
import { covariateOf, unitStep, valueStep } from './unit-steps.ts';

/** Proportions, means, counts, retention and ratios: the mean of one value a unit, with its standard error. */
export function additiveQuery(subject: QuerySubject): string {
  const x = covariateOf(subject);
  const unit = unitStep(subject, `u.unit_id, u.step, u.variant_id${x ? ', u.covariate' : ''}`);
  const own = outcomeStep(subject);
  const outcome = own ? 'outcome_value' : 'valued';
  const steps = [unit, valueStep(subject), ...(own ? [own] : [])];
  if (subject.cluster !== null) return clustered(subject, steps, outcome);
  return x ? adjusted(subject, steps, outcome) : plain(subject, steps, outcome);
}

/** Capped at a quantile, or a ratio put on one unit; null where the value is taken as it is. */
function outcomeStep(subject: QuerySubject): string | null {
  const { metric, cluster } = subject;
  const rest = `${covariateOf(subject) ? ', x' : ''}${cluster === null ? '' : ', cluster'}`;
  if (metric.kind === 'ratio') {
    return `arm as (      -- the ratio of each variant
  select variant_id, sum(y) / nullif(sum(d), 0) as ratio, avg(d) as mean_d from valued group by 1
), outcome_value as (   -- the ratio on one unit (delta method): its mean is the ratio, its error the ratio's
  select variant_id, ratio + (y - ratio * d) / mean_d as y${rest} from valued join arm using (variant_id)
)`;
  }
  if (metric.capQuantile === null) return null;
  return `cap as (      -- of the units of all variants together
  select percentile_cont(${numberLiteral(metric.capQuantile)}) within group (order by y) as most from valued
), outcome_value as (   -- clipped to it
  select variant_id, least(y::float8, most) as y${rest} from valued cross join cap
)`;
}

/** A proportion read from roll-ups divides squares by n, everything else by n - 1. */
const varianceOf = ({ metric, byUnits }: QuerySubject): string =>
  metric.kind === 'proportion' && !byUnits ? 'var_pop' : 'var_samp';

function plain(subject: QuerySubject, steps: string[], outcome: string): string {
  return `with ${steps.join(', ')}
select v.key as variant, count(*) as units, avg(o.y)::float8 as value,
  sqrt(${varianceOf(subject)}(o.y) / count(*))::float8 as standard_error
from ${outcome} o join variant v on v.id = o.variant_id${only(subject)}
group by v.key order by v.key;`;
}

/** Lin's regression with one covariate: in each variant a line through the units whose past is known. */
function adjusted(subject: QuerySubject, steps: string[], outcome: string): string {
  return `with ${steps.join(', ')}, enough as (  -- variants with units enough for a slope
  select variant_id from ${outcome} group by 1
  having count(*) >= 30 + case when exists (select from ${outcome} where x is null) then 10 else 0 end
), past as (     -- all units together: those whose past is known, and the others
  select x is not null as known, avg(x) as x, count(*)::float8 / sum(count(*)) over () as share
  from ${outcome} join enough using (variant_id) group by 1
), line as (     -- theta: how much of the past returns in the outcome
  select variant_id, x is not null as known, avg(y)::float8 as y, avg(x) as x,
    case when x is not null then regr_slope(y::float8, x) else 0 end as theta
  from ${outcome} group by 1, 2
), moved as (    -- each variant as it would be with the past of all units
  select variant_id, sum(theta) as theta,
    case when count(*) = (select count(*) from past)
      then sum(past.share * (line.y + line.theta * coalesce(past.x - line.x, 0))) end as adjusted_value
  from line join past using (known) join enough using (variant_id) group by 1
)
select v.key as variant, count(*) as units, avg(o.y)::float8 as value,
  sqrt(var_samp(o.y) / count(*))::float8 as standard_error, m.theta, m.adjusted_value
from ${outcome} o join variant v on v.id = o.variant_id left join moved m on m.variant_id = o.variant_id${only(subject)}
group by v.key, m.theta, m.adjusted_value order by v.key;`;
}

/** Units randomised together: the error is that of their clusters. */
function clustered(subject: QuerySubject, steps: string[], outcome: string): string {
  return `with ${steps.join(', ')}, cluster as (   -- units that were randomised together
  select variant_id, cluster, count(*) as n, avg(y) as mean from ${outcome} group by 1, 2
), total as (    -- what they say together
  select variant_id, sum(n) as n, sum(n * mean) / sum(n) as mean from cluster group by 1
)
select v.key as variant, t.n as units, t.mean::float8 as value,
  case when count(*) > 1 then
    sqrt(sum((c.n / t.n * (c.mean - t.mean)) ^ 2 * (t.n / nullif(t.n - c.n, 0))))::float8 end as standard_error
from cluster c join total t using (variant_id) join variant v on v.id = c.variant_id${only(subject)}
group by v.key, t.n, t.mean order by v.key;`;
}

export function only({ variants }: QuerySubject): string {
  return variants === null ? '' : `\nwhere v.key in (${variants.map(textLiteral).join(', ')})`;
}
