import type { Moments } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';

/** Beyond so many clusters, several are put together by chance, which keeps them independent and the answer small. */
const MOST_CLUSTERS = 50_000;
const GROUPS = 16_384;

/** The units of a cluster in one variant. */
export interface ClusterRow {
  variantId: number;
  cluster: string;
  moments: Moments;
}

/** Clusters whose units are in more than one variant. */
export async function countCrossing(client: Queryable): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from (select from unit_value group by cluster having min(variant_id) <> max(variant_id)) c`,
  );
  return rows[0]?.n ?? 0;
}

/** One row a cluster and variant, with the moments of an expression over its units; `counts`: clusters by variant. */
export async function readClusters(client: Queryable, outcome: string) {
  const { rows: counted } = await client.query<{ variant_id: number; n: number }>(
    'select variant_id, count(distinct cluster)::int as n from unit_value group by 1',
  );
  const counts = new Map(counted.map(({ variant_id, n }) => [variant_id, n]));
  const many = [...counts.values()].reduce((sum, n) => sum + n, 0) > MOST_CLUSTERS;
  const name = many ? `variant_id || ':' || (hashtext(cluster) & ${GROUPS - 1})` : 'cluster';
  const { rows } = await client.query<{ variant_id: number; name: string; n: number; mean: number; m2: number }>(
    `select variant_id, ${name} as name, count(*)::int as n, avg(${outcome}) as mean,
       var_pop(${outcome}) * count(*) as m2
     from unit_value group by 1, 2 order by 1, 2`,
  );
  const clusters: ClusterRow[] = rows.map(({ variant_id, name: cluster, n, mean, m2 }) => ({
    variantId: variant_id,
    cluster,
    moments: { n, mean, m2 },
  }));
  return { clusters, counts, grouped: many };
}
