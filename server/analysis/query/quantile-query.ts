import { normalQuantile } from '../../../stats/index.ts';
import { numberLiteral, textLiteral, timeLiteral } from '../../db/sql-literal.ts';
import { LEAST_BUCKETS, MOST_TIES } from '../unit-job/quantile-result.ts';
import { only } from './additive-query.ts';
import type { QuerySubject } from './query-subject.ts';
import { joinCluster, unitStep } from './unit-steps.ts';

/** A quantile of single outcomes, whose error is that of units: by ranks, over buckets of units. */
export function quantileQuery(subject: QuerySubject, quantile: number): string {
  const p = numberLiteral(quantile);
  const critical = numberLiteral(-normalQuantile((1 - subject.phase.plan.level) / 2));
  return `with ${unitStep(subject, 'u.unit_id, u.step, u.variant_id, u.bucket, u.first_at')}, single as (   -- outcomes within their unit's window, in bins 1 % wide
  select unit.variant_id, ${bucketOf(subject)} as bucket, (case when abs(o.value) <= 1e-6 then 0
    else sign(o.value) * ceil(ln(abs(o.value) / 1e-6) / 0.01) end)::int as bin
  from unit join outcome o on o.unit_id = unit.unit_id and ${fits(subject)}${joinCluster(subject)}
), bin as (      -- how many each holds, how many all up to it
  select variant_id, bin, count(*) as n, sum(count(*)) over (partition by variant_id order by bin) as up_to,
    sum(count(*)) over (partition by variant_id) as total,
    lag(bin) over (partition by variant_id order by bin) as before, lead(bin) over (partition by variant_id order by bin) as after
  from single group by 1, 2
), place as (    -- the bin that holds the quantile
  select distinct on (variant_id) * from bin
  where up_to >= ceil(total::float8 * ${p} - 4 * 2.220446049250313e-16 * total::float8) order by variant_id, bin
), bucket as (   -- units lie in 100 buckets by hash: outcomes of each, and those up to that bin
  select p.variant_id, b.bucket, count(s.bin)::float8 as n, (count(s.bin) filter (where s.bin <= p.bin))::float8 as within
  from place p cross join generate_series(0, 99) b(bucket) left join single s on s.variant_id = p.variant_id and s.bucket = b.bucket
  group by 1, 2
), share as (    -- of outcomes up to that bin, and its error over buckets
  select variant_id, count(*) filter (where n > 0) as filled, sqrt(100.0::float8 / 99 * sum((within - share * n) ^ 2)) / sum(n) as error
  from (select *, sum(within) over w / sum(n) over w as share from bucket window w as (partition by variant_id)) b
  group by 1
), rank as (     -- that error as ranks of outcomes
  select p.*, s.error, s.filled, floor(p.total::float8 * (${p} - ${critical} * s.error)) as lower_rank,
    ceil(p.total::float8 * (${p} + ${critical} * s.error)) as upper_rank
  from place p join share s using (variant_id)
), limits as (   -- and those as outer ends of bins
  select r.*, case when r.error > 0 and r.lower_rank >= 1 then
      (select ${edge('b.bin', 'lower')} from bin b where b.variant_id = r.variant_id and b.up_to >= r.lower_rank order by b.bin limit 1) end as lower,
    case when r.error > 0 and r.upper_rank <= r.total then
      (select ${edge('b.bin', 'upper')} from bin b where b.variant_id = r.variant_id and b.up_to >= r.upper_rank order by b.bin limit 1) end as upper,
    -- alone among few distinct values there is no error
    r.before is distinct from r.bin - 1 and r.after is distinct from r.bin + 1 and r.n > ${MOST_TIES} * r.total as tied
  from rank r where r.filled >= ${LEAST_BUCKETS}
)
select v.key as variant, count(*) as units, ${edge('l.bin', 'middle')} as value,
  case when not l.tied then (l.upper - l.lower) / (2 * ${critical}) end as standard_error,
  case when l.upper is not null then l.lower end as lower, case when l.lower is not null then l.upper end as upper
from unit join variant v on v.id = unit.variant_id left join limits l on l.variant_id = unit.variant_id${only(subject)}
group by v.key, l.bin, l.lower, l.upper, l.tied order by v.key;`;
}

/** Ends and middle of a bin of the signed logarithmic scale. */
function edge(bin: string, which: 'lower' | 'middle' | 'upper'): string {
  const size = (back: number) => `1e-6 * exp(0.01 * (abs(${bin}) - ${back}))`;
  const [inner, outer] = which === 'lower' ? [1, 0] : which === 'upper' ? [0, 1] : [0.5, 0.5];
  const zero = which === 'middle' ? '0' : which === 'lower' ? '-1e-6' : '1e-6';
  return `(case when ${bin} = 0 then ${zero} when ${bin} > 0 then ${size(inner)} else -${size(outer)} end)::float8`;
}

/** Whether an outcome is the metric's, happened in the window, and came in time. */
function fits(subject: QuerySubject): string {
  const { metric, phase, latenessSeconds, since } = subject;
  const filter = Object.keys(metric.filter).length > 0;
  return [
    `o.environment_id = ${phase.environmentId} and o.name = ${textLiteral(metric.outcome)}`,
    ...(filter ? [`o.properties @> ${textLiteral(JSON.stringify(metric.filter))}::jsonb`] : []),
    ...(metric.outcome.startsWith('assay.') ? [`o.properties->'phase' = '${phase.id}'::jsonb`] : []),
    `o.at >= unit.first_at + interval '${metric.startSeconds} s' and o.at < unit.first_at + interval '${metric.windowSeconds} s'`,
    ...(phase.assignment === 'external'
      ? []
      : [`o.received_at < unit.first_at + interval '${metric.windowSeconds + latenessSeconds} s'`]),
    `o.received_at >= ${timeLiteral(since)} and o.batch_id not in (select batch_id from batch where rolled_at is null)`,
  ].join('\n    and ');
}

/** Units randomised together stay together. */
const bucketOf = ({ cluster }: QuerySubject): string =>
  cluster === null ? 'unit.bucket' : `(hashtext(coalesce('=' || c.cluster, '-' || unit.unit_id)) & 2147483647) % 100`;
