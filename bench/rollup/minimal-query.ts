import type { ClientBase } from 'pg';
import { WINDOW_SECONDS } from './three-variants.ts';

/** What one variant adds up to: units, and sums, squares and products of clicks x and seconds y. */
export interface ArmSums {
  variant_id: number;
  units: number;
  x: number;
  xx: number;
  y: number;
  yy: number;
  xy: number;
}

/**
 * What an analyst writes by hand for the same three metrics, in floating point: first exposures, outcomes in their window,
 * totals per unit, sums per variant. It keeps nothing per unit.
 */
export async function minimalQuery(client: ClientBase): Promise<ArmSums[]> {
  const { rows } = await client.query<ArmSums>(
    `with first as (
       select distinct on (unit_id) unit_id, variant_id, at from exposure where phase_id = 1 order by unit_id, at
     ), unit as (
       select f.unit_id, f.variant_id, count(*) filter (where o.name = 'click')::float8 as x,
         coalesce(sum(o.value) filter (where o.name = 'dwell'), 0) as y
       from first f
       left join outcome o on o.unit_id = f.unit_id and o.name in ('click', 'dwell')
         and o.at >= f.at and o.at < f.at + make_interval(secs => ${WINDOW_SECONDS})
       group by 1, 2
     )
     select variant_id, count(*)::int as units, sum(x) as x, sum(x * x) as xx, sum(y) as y, sum(y * y) as yy, sum(x * y) as xy
     from unit group by 1 order by 1`,
  );
  return rows;
}
