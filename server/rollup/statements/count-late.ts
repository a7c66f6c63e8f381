import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { inTime, inWindow, OUTCOME_FITS } from './expressions.ts';

/**
 * Outcomes inside their window that arrived after the lateness allowance: they change nothing and are counted. Such an
 * outcome took longer than the allowance to arrive, which few do: the others are told apart before any join.
 */
export async function countLate(client: ClientBase, batches: ClaimedBatches): Promise<void> {
  await client.query(
    `insert into late_day (phase_id, variant_id, measure_id, day, n)
     select u.phase_id, u.variant_id, pm.measure_id, (o.received_at at time zone 'UTC')::date, count(*)
     from (
       select * from outcome o where o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1)
         and o.received_at - o.at > (select make_interval(secs => min(lateness_seconds)) from phase_measure) offset 0
     ) o
     cross join lateral (    -- one at a time, by its index
       select * from unit_state u where u.unit_id = o.unit_id and u.environment_id = o.environment_id offset 0
     ) u
     join phase p on p.id = u.phase_id and p.assignment = 'hash' and p.mode in ('canary', 'ab') and p.frozen_at is null
     join phase_measure pm on pm.phase_id = u.phase_id
     join measure m on m.id = pm.measure_id
     where ${OUTCOME_FITS} and u.fresh and u.band is distinct from 'waiting'
       and ${inWindow('u.first_at')} and not ${inTime('u.first_at')}
     group by 1, 2, 3, 4
     on conflict (phase_id, variant_id, measure_id, day) do update set n = late_day.n + excluded.n`,
    [batches.ids, batches.from, batches.to],
  );
}
