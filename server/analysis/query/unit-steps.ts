import { commentText, numberLiteral, textLiteral, timeLiteral } from '../../db/sql-literal.ts';
import type { ReportMetric } from '../arms.ts';
import type { QuerySubject } from './query-subject.ts';

/** The mature units of a phase, as the first step of every query. */
export function unitStep({ phase, until, asOf }: QuerySubject, columns: string): string {
  return `unit as (     -- units seen in one variant only, whose window and lateness allowance had passed by ${asOf.toISOString()}
  select ${columns}
  from unit_state u
  where u.phase_id = ${phase.id} and u.fresh and u.mixed_at is null and u.band is distinct from 'waiting'
    and u.cohort <= ${timeLiteral(until)}   -- start of the hour or minute of its first exposure
)`;
}

/** One value a unit: y, of a ratio its denominator d too, its covariate x and its cluster where there is one. */
export function valueStep(subject: QuerySubject): string {
  const { metric, phase, cluster } = subject;
  const x = covariateOf(subject);
  const columns = [
    `${unitValueOf(metric)} as y`,
    ...(metric.denominatorId === null ? [] : [`${aggregated('d', metric.denominatorAggregate ?? 'sum')} as d`]),
    ...(x ? [`unit.covariate[${x.at}] as x`] : []),
    ...(cluster === null ? [] : [`coalesce('=' || c.cluster, '-' || unit.unit_id) as cluster`]),
  ];
  return `valued as (   -- ${wordsOf(metric)}; a unit without outcomes has no row in unit_total
  select unit.variant_id, ${columns.join(', ')}
  from unit
  ${joinTotal('t', phase.id, metric.measureId)}${
    metric.denominatorId === null ? '' : `\n  ${joinTotal('d', phase.id, metric.denominatorId)}`
  }${joinCluster(subject)}
)`;
}

/** The one covariate that a short query can adjust for; null where there is none, or more than one. */
export const covariateOf = ({ covariates }: Pick<QuerySubject, 'covariates'>) =>
  covariates.length === 1 ? (covariates[0] ?? null) : null;

function joinTotal(name: string, phaseId: number, measureId: number): string {
  return `left join unit_total ${name} on ${name}.unit_id = unit.unit_id and ${name}.phase_id = ${phaseId} and ${name}.step = unit.step
    and ${name}.measure_id = ${measureId}`;
}

/** The name of the cluster as `c.cluster`, where units were randomised together. */
export function joinCluster({ phase, since, cluster }: QuerySubject): string {
  if (cluster === null) return '';
  return `
  left join (   -- the cluster that a unit's first exposure names
    select distinct on (unit_id, step) unit_id, step, segment->>${textLiteral(cluster)} as cluster
    from exposure where phase_id = ${phase.id} and received_at >= ${timeLiteral(since)}
      and batch_id not in (select batch_id from batch where rolled_at is null)
    order by unit_id, step, at, variant_id
  ) c on c.unit_id = unit.unit_id and c.step = unit.step`;
}

/** Decimals, not floats: a mean far from 0 keeps its digits. */
function unitValueOf({ aggregate, lower, upper }: ReportMetric): string {
  const above = Number.isFinite(upper) ? `least(${aggregated('t', aggregate)}, ${numberLiteral(upper)})` : null;
  const value = above ?? aggregated('t', aggregate);
  return Number.isFinite(lower) ? `greatest(${value}, ${numberLiteral(lower)})` : value;
}

function aggregated(name: string, aggregate: ReportMetric['aggregate']): string {
  if (aggregate === 'any') return `least(coalesce(${name}.n, 0), 1)::numeric`;
  return aggregate === 'count' ? `coalesce(${name}.n, 0)::numeric` : `coalesce(${name}.value, 0)::text::numeric`;
}

function wordsOf(metric: ReportMetric): string {
  const { aggregate, outcome, startSeconds, windowSeconds, denominatorOutcome, denominatorAggregate } = metric;
  const from = startSeconds > 0 ? `${startSeconds} s to ` : '';
  const window = `${from}${windowSeconds} s after its first exposure`;
  const one = (what: ReportMetric['aggregate'], name: string) =>
    ({ any: `whether "${name}" happened`, count: `how many "${name}"`, sum: `sum of "${name}"` })[what];
  const below = denominatorOutcome === null ? '' : `, and ${one(denominatorAggregate ?? 'sum', denominatorOutcome)}`;
  return commentText(`a unit's value: ${one(aggregate, outcome)}${below}, ${window}`);
}
