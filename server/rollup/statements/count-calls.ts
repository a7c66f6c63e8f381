import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { STEP_OF_CALL, UNROLLED } from './expressions.ts';

/**
 * Calls per hour and status from the call records (`assay.ms`; `assay.error` of status `missing` stands for a record
 * that never came); of a canary by the step that the record names. Of all rolled batches it is for a rebuild of one phase. Returns the phases that had calls.
 */
export async function countCalls(
  client: ClientBase,
  source: { batches: ClaimedBatches } | { phaseId: number; since: Date },
): Promise<number[]> {
  const [which, ofPhase, values] =
    'batches' in source
      ? [
          'o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1)',
          'p.frozen_at is null',
          [source.batches.ids, source.batches.from, source.batches.to],
        ]
      : [
          `o.received_at >= $2 and o.properties->'phase' = to_jsonb($1::int) and o.batch_id not in ${UNROLLED}`,
          'p.id = $1',
          [source.phaseId, source.since],
        ];
  const { rows } = await client.query<{ phase_id: number }>(
    `insert into call_hour (phase_id, step, variant_id, hour, status, n, ms)
     select p.id, case p.mode when 'canary' then ${STEP_OF_CALL} else 1 end, v.id, o.hour, o.status, count(*), sum(o.ms)
     from (    -- of each record only what is needed, taken out of its properties once
       select o.environment_id, o.properties->'phase' as phase, o.properties->>'variant' as variant,
         date_trunc('hour', o.at) as hour, o.properties->>'status' as status,
         case when o.name = 'assay.ms' then o.value::numeric else 0 end as ms, o.name, o.properties
       from outcome o
       where ${which} and o.name in ('assay.ms', 'assay.error') and o.value >= 0
       offset 0
     ) o
     join phase p on to_jsonb(p.id) = o.phase and p.environment_id = o.environment_id
     join phase_variant pv on pv.phase_id = p.id
     join variant v on v.id = pv.variant_id and v.key = o.variant
     where (o.name = 'assay.ms' or o.status = 'missing')
       and o.status in ('ok', 'error', 'timeout', 'cancelled', 'missing') and ${ofPhase}
     group by 1, 2, 3, 4, 5
     on conflict (phase_id, step, variant_id, hour, status)
       do update set n = call_hour.n + excluded.n, ms = call_hour.ms + excluded.ms
     returning phase_id`,
    values,
  );
  return [...new Set(rows.map((row) => row.phase_id))];
}
