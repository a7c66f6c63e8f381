import { numberLiteral } from '../db/sql-literal.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';

type Metric = ExperimentRow['metrics'][number];

const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const named = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** What an export of a phase holds: a row a unit, or of other modes what their report is made of. */
export function exportStatement(row: ExperimentRow, phase: PhaseRow): string {
  const rows = {
    ab: unitsOf,
    canary: unitsOf,
    holdout: unitsOf,
    bandit: decisionsOf,
    interleave: impressionsOf,
    shadow: comparisonsOf,
  }[phase.mode](phase, row.metrics);
  return `copy (${rows}) to stdout with (format csv, header true)`;
}

/** Units with their variant, first exposure and totals; `counted`: whether a report compares them once they are mature. */
function unitsOf({ id }: PhaseRow, metrics: readonly Metric[]): string {
  const measures = [...new Set(metrics.flatMap((each) => [each.measureId, each.denominatorId ?? each.measureId]))];
  const sums = measures.map(
    (measure) =>
      `max(n) filter (where measure_id = ${measure}) as n${measure}, max(value) filter (where measure_id = ${measure}) as v${measure}`,
  );
  const totals = metrics.flatMap((metric) => [
    `${valueOfUnit(metric)} as ${named(metric.key)}`,
    ...(metric.denominatorId === null
      ? []
      : [
          `${total(metric.denominatorId, metric.denominatorAggregate ?? 'sum')} as ${named(`${metric.key} denominator`)}`,
        ]),
  ]);
  return `select u.unit_id as unit, v.key as variant, u.step, ${time('u.first_at')} as first_exposure, u.source,
      case when u.fresh and u.mixed_at is null and u.band is distinct from 'waiting' then 'true' else 'false' end as counted
      ${totals.map((each) => `, ${each}`).join('')}
    from unit_state u join variant v on v.id = u.variant_id
    ${
      sums.length === 0
        ? ''
        : `left join (select unit_id, step, ${sums.join(', ')} from unit_total where phase_id = ${id} group by 1, 2) t
      on t.unit_id = u.unit_id and t.step = u.step`
    }
    where u.phase_id = ${id}`;
}

/** Within the fixed limits of the metric; a cap at a quantile is that of all units, and left to the reader. */
function valueOfUnit({ measureId, aggregate, lower, upper }: Metric): string {
  const above = Number.isFinite(upper)
    ? `least(${total(measureId, aggregate)}, ${numberLiteral(upper)})`
    : total(measureId, aggregate);
  return Number.isFinite(lower) ? `greatest(${above}, ${numberLiteral(lower)})` : above;
}

function total(measureId: number, aggregate: Metric['aggregate']): string {
  if (aggregate === 'any') return `least(coalesce(t.n${measureId}, 0), 1)`;
  return `coalesce(t.${aggregate === 'count' ? 'n' : 'v'}${measureId}, 0)`;
}

const decisionsOf = ({ id }: PhaseRow): string =>
  `select d.unit_id as unit, v.key as variant, d.step as epoch, ${time('d.at')} as decided, d.propensity, d.n as outcomes, d.reward
    from unit_decision d join variant v on v.id = d.variant_id where d.phase_id = ${id}`;

const impressionsOf = ({ id }: PhaseRow): string =>
  `select unit_id as unit, impression_id as impression, ${time('at')} as shown, items, wins
    from unit_credit where phase_id = ${id}`;

const comparisonsOf = ({ id }: PhaseRow): string =>
  `select unit_id as unit, decision_id as decision, ${time('at')} as decided, champion, candidate, reference, label
    from unit_comparison where phase_id = ${id}`;
