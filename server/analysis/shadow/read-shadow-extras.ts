import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { ShadowExample, ShadowResult } from './shadow-result.ts';

const MOST_EXAMPLES = 20;

/** Shadow calls made and left out in the phase's time, as the SDKs counted them by slot and minute. */
export async function readShadowed(client: Queryable, slotId: number, phase: PhaseRow): Promise<ShadowResult['calls']> {
  const { rows } = await client.query<ShadowResult['calls']>(
    `select coalesce(sum((counters->>'shadowed')::float8), 0) as shadowed,
       coalesce(sum((counters->>'shadowDropped')::float8), 0) as dropped
     from slot_minute
     where environment_id = $1 and slot_id = $2 and minute >= date_trunc('minute', $3::timestamptz)
       and ($4::timestamptz is null or minute <= $4)`,
    [phase.environmentId, slotId, phase.startedAt, phase.endedAt],
  );
  return rows[0] ?? { shadowed: 0, dropped: 0 };
}

/** Samples of decisions whose answers differ most: that disagree at all, then by scores, then by overlap of rankings. */
export async function readShadowExamples(client: Queryable, phaseId: number): Promise<ShadowExample[]> {
  const { rows } = await client.query<ShadowExample>(
    `with worst as (
       select unit_id, decision_id from shadow_call s where disagreement = 1
         and exists (select from unit_comparison u where u.unit_id = s.unit_id and u.phase_id = $1
           and u.decision_id = s.decision_id and u.example is not null)
       order by abs(c_score - p_score) desc nulls last,
         case when jsonb_typeof(measures->'rbo') = 'number' then (measures->'rbo')::float8 end nulls last, at desc
       limit ${MOST_EXAMPLES}
     )
     select u.decision_id as decision, u.at, u.champion, u.candidate, u.measures, u.example
     from worst w join unit_comparison u on u.phase_id = $1 and u.unit_id = w.unit_id and u.decision_id = w.decision_id
     order by abs((u.candidate->>'score')::float8 - (u.champion->>'score')::float8) desc nulls last,
       case when jsonb_typeof(u.measures->'rbo') = 'number' then (u.measures->'rbo')::float8 end nulls last, u.at desc`,
    [phaseId],
  );
  return rows;
}
