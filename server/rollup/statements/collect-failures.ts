import type { ClientBase } from 'pg';
import type { NewFailure } from '../../delivery/canary/fold-guardrails.ts';
import type { ClaimedBatches } from './claim-batches.ts';
import { CHAIN, STEP_OF_CALL } from './expressions.ts';

/**
 * First failing calls of units in canary phases, per guardrail, into `unit_failed`, and those that were new. A unit
 * counts once per phase and guardrail, by time of receipt; one that failed in an earlier phase of the chain is counted
 * already. A record of a step that was never taken is
 * nobody's. The waiting band is kept too: such a unit counts for nobody any more.
 */
export async function collectFailures(client: ClientBase, batches: ClaimedBatches): Promise<NewFailure[]> {
  const { rows } = await client.query<NewFailure>(
    `with guardrail as (
       select p.id as phase_id, p.environment_id, (g.place - 1)::int as place, g.declared->>'kind' as kind,
         (g.declared->>'thresholdMs')::float8 as threshold
       from phase p cross join lateral jsonb_array_elements(p.settings->'canary'->'guardrails')
         with ordinality as g(declared, place)
       where p.mode = 'canary' and p.started_at is not null and p.frozen_at is null and g.declared->>'kind' in ('errors', 'slow_calls')
     ), first as (
       select distinct on (o.unit_id, g.phase_id, g.place) o.unit_id, g.phase_id, g.place, o.at, o.received_at,
         ${STEP_OF_CALL} as step, o.properties->>'band' as band
       from guardrail g
       join outcome o on o.properties->'phase' = to_jsonb(g.phase_id) and o.environment_id = g.environment_id
       where o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1)
         and o.properties->>'band' in ('candidate', 'control', 'waiting')
         and case g.kind when 'errors' then o.name = 'assay.error' and o.value <> 0
           else o.name = 'assay.ms' and (o.value > g.threshold or o.properties->>'status' = 'timeout') end
         and exists (select from phase_step s where s.phase_id = g.phase_id and s.step = ${STEP_OF_CALL})
         and not exists (select from ${CHAIN} c join unit_failed f on f.phase_id = c.earlier_id
           where c.phase_id = g.phase_id and f.unit_id = o.unit_id)
       order by o.unit_id, g.phase_id, g.place, o.received_at, o.at, step, band
     ), added as (
       insert into unit_failed (unit_id, phase_id, metric_id, at, received_at, step, band)
       select unit_id, phase_id, place, at, received_at, step, band from first order by 1, 2, 3
       on conflict do nothing returning unit_id, phase_id, metric_id, received_at, step, band
     )
     select unit_id as "unitId", phase_id as "phaseId", metric_id as guardrail, received_at as "receivedAt", step, band
     from added order by received_at, unit_id`,
    [batches.ids, batches.from, batches.to],
  );
  return rows;
}
