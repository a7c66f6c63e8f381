import type { Queryable } from '../../db/queryable.ts';
import { binLimits, binOf } from './log-bins.ts';

/** Up to so many distinct values of units are ranked as they are; more are put into bins, whose values count as ties. */
const MOST_VALUES = 20_000;

export interface VariantCount {
  variantId: number;
  value: number;
  n: number;
}

/** How many units of each variant have each value. */
export async function readValueCounts(client: Queryable): Promise<{ counts: VariantCount[]; binned: boolean }> {
  const { rows: distinct } = await client.query<{ n: number }>(
    `select count(*)::int as n from (select distinct y from unit_value limit ${MOST_VALUES + 1}) v`,
  );
  const binned = (distinct[0]?.n ?? 0) > MOST_VALUES;
  const { rows } = await client.query<{ variant_id: number; value: number; n: number }>(
    `select variant_id, ${binned ? binOf('y') : 'y'} as value, count(*)::int as n from unit_value group by 1, 2`,
  );
  const counts = rows.map(({ variant_id, value, n }) => ({
    variantId: variant_id,
    value: binned ? binLimits(value).middle : value,
    n,
  }));
  return { counts, binned };
}
