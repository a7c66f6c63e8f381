import type { Queryable } from '../../db/queryable.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { COMPARED, UNROLLED, unitNumber } from '../../rollup/statements/expressions.ts';

export type UnitMetric = ExperimentRow['metrics'][number];

/** A number as SQL, with all its digits. */
export const float = (value: number): string => `'${value}'::float8`;

/** Ends a subquery whose expressions are to be evaluated once a row, not at each place that names them. */
export const EVALUATED = 'offset 0';

/** Makes the work table of one transaction: the values of one metric's units. It never leaves the database. */
export async function createUnitValues(client: Queryable): Promise<void> {
  await client.query(
    `create temp table if not exists unit_value (
       unit_id text collate "C", step int, variant_id int, bucket smallint, y float8, d float8, x float8[], cluster text
     ) on commit drop`,
  );
}

/** Units whose first exposure lies in a cohort up to here are mature for the metric at `asOf`. */
export async function matureCohort(client: Queryable, metric: UnitMetric, phase: PhaseRow, asOf: Date): Promise<Date> {
  const { rows } = await client.query<{ until: Date }>(
    `select $4::timestamptz - make_interval(secs => $3::int + max(m.window_seconds + pm.lateness_seconds)) as until
     from phase_measure pm join measure m on m.id = pm.measure_id where pm.phase_id = $1 and m.id = any($2)`,
    [phase.id, measuresOf(metric), phase.cohortSeconds, asOf],
  );
  const until = rows[0]?.until;
  if (!until) throw new Error(`metric ${metric.key} is not among the measures of phase ${phase.id}`);
  return until;
}

export const measuresOf = ({ measureId, denominatorId }: UnitMetric): number[] =>
  denominatorId === null ? [measureId] : [measureId, denominatorId];

/** Attribute that names a unit's cluster, and since when its exposures were received. */
export interface ClusterSource {
  attribute: string;
  since: Date;
}

/**
 * Fills the work table with the mature units of a metric: y its value, d the denominator's, x the covariates; the
 * cluster by the attribute of the first exposure, a unit without it being a cluster of its own.
 */
export async function collectUnitValues(
  client: Queryable,
  metric: UnitMetric,
  phase: PhaseRow,
  scope: { until: Date; cluster: ClusterSource | null },
): Promise<void> {
  const limits = ['$4::float8', '$5::float8'] as const;
  const infinite = [float(Number.NEGATIVE_INFINITY), float(Number.POSITIVE_INFINITY)] as const;
  const y = unitNumber(`'${metric.aggregate}'`, 'coalesce(t.n, 0)', 'coalesce(t.value, 0)', ...limits);
  const d = unitNumber(`'${metric.denominatorAggregate}'`, 'coalesce(d.n, 0)', 'coalesce(d.value, 0)', ...infinite);
  const ratio = metric.denominatorId !== null;
  const { cluster } = scope;
  await client.query('truncate unit_value');
  await client.query(
    `insert into unit_value (unit_id, step, variant_id, bucket, y, d, x, cluster)
     select u.unit_id, u.step, u.variant_id, u.bucket, ${y}, ${ratio ? d : '1'}, u.covariate,
       ${cluster ? `coalesce('=' || c.cluster, '-' || u.unit_id)` : 'null'}
     from unit_state u
     ${joinTotal('t', '$2')} ${ratio ? joinTotal('d', String(metric.denominatorId)) : ''} ${cluster ? JOIN_CLUSTER : ''}
     where u.phase_id = $1 and u.cohort <= $3 and ${COMPARED}`,
    [
      phase.id,
      metric.measureId,
      scope.until,
      metric.lower,
      metric.upper,
      ...(cluster ? [cluster.attribute, cluster.since] : []),
    ],
  );
}

function joinTotal(name: string, measure: string): string {
  return `left join unit_total ${name} on ${name}.unit_id = u.unit_id and ${name}.phase_id = u.phase_id
       and ${name}.step = u.step and ${name}.phase_id = $1 and ${name}.measure_id = ${measure}`;
}

const JOIN_CLUSTER = `left join (
       select distinct on (unit_id, step) unit_id, step, segment->>$6 as cluster
       from exposure where phase_id = $1 and received_at >= $7 and batch_id not in ${UNROLLED}
       order by unit_id, step, at, variant_id
     ) c on c.unit_id = u.unit_id and c.step = u.step`;
