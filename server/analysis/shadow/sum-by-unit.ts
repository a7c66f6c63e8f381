import type { Queryable } from '../../db/queryable.ts';
import type { UnitSums } from './shadow-result.ts';

/** SQL of rows of name, unit_id, value, divisor, rate (whether values are 0 or 1), as sums of each unit. */
export function perUnit(values: string): string {
  return `select name, unit_id, count(*) as n, sum(value) as y, sum(divisor) as d, sum(greatest(value, 0)) as up,
      sum(case when rate then 1 - value else greatest(-value, 0) end) as down
    from (${values}) v where value is not null and divisor is not null group by 1, 2`;
}

/** What is kept over units, by name, of SQL of rows of name, unit_id, n, y, d, up, down: one row a unit. */
export async function sumUnits(
  client: Queryable,
  units: string,
  values: unknown[] = [],
): Promise<Map<string, UnitSums>> {
  const { rows } = await client.query<UnitSums & { name: string }>(
    `select name, count(*)::int as units, sum(n)::float8 as decisions,
       (sum(n) ^ 2 / sum(n ^ 2))::float8 as "effectiveUnits", sum(up)::float8 as up, sum(down)::float8 as down,
       (count(*) filter (where up > 0))::int as "upUnits", (count(*) filter (where down > 0))::int as "downUnits",
       avg(y)::float8 as mean, avg(d)::float8 as "divisorMean", (var_pop(y) * count(*))::float8 as squares,
       (covar_pop(y, d) * count(*))::float8 as products, (var_pop(d) * count(*))::float8 as "divisorSquares"
     from (select name, n, y::float8 as y, d::float8 as d, up, down from (${units}) u) s group by 1 order by 1`,
    values,
  );
  return new Map(rows.map(({ name, ...sums }) => [name, sums]));
}
