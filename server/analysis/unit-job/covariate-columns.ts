import type { Queryable } from '../../db/queryable.ts';
import { float, measuresOf, type UnitMetric } from './unit-values.ts';

/** A covariate as the regression takes it: an expression over the work table, and what it is called. */
export interface CovariateColumn {
  name: string;
  text: string;
}

/**
 * The covariates of a metric: what its own measures summed to before the exposure, and attributes. Where some are not
 * known, they are filled with the mean of the known ones and a mark is a covariate too (stats: withMissingIndicator).
 */
export async function covariateColumns(
  client: Queryable,
  metric: UnitMetric,
  phaseId: number,
): Promise<{ columns: CovariateColumn[]; missingShare: number }> {
  const used = await readCovariates(client, metric, phaseId);
  if (used.length === 0) return { columns: [], missingShare: 0 };
  const unknown = used.map(({ at }) => `x[${at}] is null`);
  const { rows } = await client.query<Record<string, number | null>>(
    `select ${used.map(({ at }, i) => `avg(x[${at}]) as mean${i}, count(*) filter (where ${unknown[i]})::float8 as missing${i}`).join(', ')},
       count(*)::float8 as units, count(*) filter (where ${unknown.join(' or ')})::float8 as incomplete
     from unit_value`,
  );
  const row = rows[0] ?? {};
  const columns = used.flatMap(({ name, at }, i) => {
    const mean = row[`mean${i}`];
    if (mean === null || mean === undefined) return []; // nothing is known
    const filled = { name, text: `coalesce(x[${at}], ${float(mean)})` };
    return row[`missing${i}`] === 0 ? [filled] : [filled, { name, text: `(${unknown[i]})::int::float8` }];
  });
  return { columns, missingShare: (row.incomplete ?? 0) / (row.units || 1) };
}

/** `at`: place in `unit_state.covariate`, from 1. */
export async function readCovariates(
  client: Queryable,
  metric: UnitMetric,
  phaseId: number,
): Promise<{ name: string; at: number }[]> {
  const { rows } = await client.query<{ position: number; attribute: string | null; outcome: string; days: number }>(
    `select c.position, c.attribute, m.outcome, c.days
     from phase_covariate c left join measure m on m.id = c.measure_id
     where c.phase_id = $1 and (c.attribute is not null or c.measure_id = any($2)) order by c.position`,
    [phaseId, measuresOf(metric)],
  );
  return rows.map(({ position, attribute, outcome, days }) => ({
    name: attribute ?? `${outcome}, ${days} ${days === 1 ? 'day' : 'days'} before`,
    at: position + 1,
  }));
}
