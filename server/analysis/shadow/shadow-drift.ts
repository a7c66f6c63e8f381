import type { Queryable } from '../../db/queryable.ts';
import type { ShadowPoint } from './shadow-result.ts';

/** Points over time at most. */
const MOST_POINTS = 60;
const NICE_SECONDS = [1, 2, 5, 10, 30, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800];

/** The least round length of time of which so many cover a span. */
export function pointSecondsOf(spanSeconds: number): number {
  return (
    NICE_SECONDS.find((size) => spanSeconds / size < MOST_POINTS - 1) ?? Math.ceil(spanSeconds / (MOST_POINTS - 1))
  );
}

/** How both models compared in each stretch of time, from the work table of the job. */
export async function readShadowDrift(client: Queryable): Promise<{ seconds: number; points: ShadowPoint[] } | null> {
  const { rows: spans } = await client.query<{ seconds: number | null }>(
    'select extract(epoch from max(at) - min(at))::float8 as seconds from shadow_call',
  );
  const span = spans[0]?.seconds;
  if (span === null || span === undefined) return null;
  const seconds = pointSecondsOf(span);
  // Rates per unit first: a unit with many decisions must not look like many units.
  const { rows } = await client.query<ShadowPoint>(
    `with unit as (
       select floor(extract(epoch from at) / $1::float8) * $1::float8 as time, unit_id,
         count(disagreement) as n, coalesce(sum(disagreement), 0) as y,
         count(disagreement_reference) as rn, coalesce(sum(disagreement_reference), 0) as ry,
         sum(c_score - p_score) as score, count(c_score - p_score) as scores,
         sum(c_ms) filter (where r_ms is not null) as cms, sum(r_ms) filter (where c_ms is not null) as rms,
         count(*) filter (where c_ms is not null and r_ms is not null) as timed,
         coalesce(sum(c_error), 0) as failed, count(c_error) as called
       from shadow_call group by 1, 2
     )
     select to_char(to_timestamp(time) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
       sum(n)::float8 as decisions, sum(y)::float8 as differing,
       coalesce(sum(n) ^ 2 / nullif(sum(n ^ 2), 0), 0)::float8 as "effectiveUnits",
       sum(rn)::float8 as "references", sum(ry)::float8 as "referencesDiffering",
       (sum(score) / nullif(sum(scores), 0))::float8 as "scoreDifference",
       (sum(cms) / nullif(sum(timed), 0))::float8 as "candidateMs",
       (sum(rms) / nullif(sum(timed), 0))::float8 as "referenceMs",
       sum(called)::float8 as called, sum(failed)::float8 as failed
     from unit group by time order by time`,
    [seconds],
  );
  return { seconds, points: rows };
}
