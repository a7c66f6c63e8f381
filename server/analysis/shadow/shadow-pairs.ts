import type { Queryable } from '../../db/queryable.ts';
import type { ShadowPairs } from './shadow-result.ts';

/** Dots that a picture still shows apart. */
const MOST_PAIRS = 300;
/** Odd, so that one bin has no difference in its middle. */
const BINS = 41;

/** A sample of both models' scores of the same decisions, and how their differences are spread. */
export async function readShadowPairs(client: Queryable): Promise<ShadowPairs | null> {
  const { rows: limits } = await client.query<{ reach: number | null }>(
    `select greatest(abs(low), abs(high))::float8 as reach from (
       select percentile_cont(0.005) within group (order by c_score - p_score) as low,
         percentile_cont(0.995) within group (order by c_score - p_score) as high
       from shadow_call where c_score is not null and p_score is not null) d`,
  );
  const found = limits[0]?.reach;
  if (found === null || found === undefined) return null;
  const reach = found > 0 ? found : 1;
  const { rows: counted } = await client.query<{ bin: number; n: number }>(
    `select least(${BINS}, greatest(1, width_bucket(c_score - p_score, $1::float8, $2::float8, ${BINS}))) as bin,
       count(*)::float8 as n
     from shadow_call where c_score is not null and p_score is not null group by 1`,
    [-reach, reach],
  );
  const counts = new Array<number>(BINS).fill(0);
  for (const { bin, n } of counted) counts[bin - 1] = n;
  // By a hash, so that the dots stay where they are while decisions are added.
  const { rows: sample } = await client.query<{ champion: number; candidate: number }>(
    `select p_score as champion, c_score as candidate from shadow_call
     where c_score is not null and p_score is not null order by hashtext(decision_id) limit ${MOST_PAIRS}`,
  );
  const short = (value: number) => Number(value.toPrecision(4));
  return {
    differences: { lower: -reach, upper: reach, counts },
    sample: sample.map(({ champion, candidate }) => [short(champion), short(candidate)]),
  };
}
