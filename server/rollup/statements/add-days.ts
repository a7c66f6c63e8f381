import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { OUTCOME_MATCHES } from './expressions.ts';

/**
 * Line 2: outcomes per unit and UTC day, of measures that a plan named as covariates, for any unit of the environment:
 * who will be exposed is not known yet. Records of calls belong to a phase and are left out.
 */
export async function addDays(client: ClientBase, batches: ClaimedBatches): Promise<void> {
  await client.query(
    `insert into unit_day (unit_id, environment_id, measure_id, day, n, value)
     select o.unit_id, k.environment_id, k.measure_id, (o.at at time zone 'UTC')::date, count(*), sum(o.value)
     from day_measure k
     join measure m on m.id = k.measure_id
     join outcome o on ${OUTCOME_MATCHES}
     where o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1) and o.name not like 'assay.%'
       and exists (select from day_measure)   -- without any, not even the outcomes are read
     group by 1, 2, 3, 4 order by 1, 2, 3, 4
     on conflict (unit_id, environment_id, measure_id, day) do update
       set n = unit_day.n + excluded.n, value = unit_day.value + excluded.value`,
    [batches.ids, batches.from, batches.to],
  );
}
