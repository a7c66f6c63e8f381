import type { Queryable } from '../../db/queryable.ts';
import { float } from './unit-values.ts';

export interface Cap {
  upper: number;
  /** Units above it, by variant. */
  above: Map<number, number>;
}

/** The quantile (type 7) of the units of all variants together, which caps their values; null without units. */
export async function readCap(client: Queryable, quantile: number): Promise<Cap | null> {
  const { rows } = await client.query<{ cap: number | null }>(
    'select percentile_cont($1) within group (order by y) as cap from unit_value',
    [quantile],
  );
  const upper = rows[0]?.cap ?? null;
  if (upper === null) return null;
  const { rows: counts } = await client.query<{ variant_id: number; n: number }>(
    `select variant_id, count(*) filter (where y > ${float(upper)})::int as n from unit_value group by 1`,
  );
  return { upper, above: new Map(counts.map(({ variant_id, n }) => [variant_id, n])) };
}
