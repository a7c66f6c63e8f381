import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { COMPARED, inTime, inWindow, OUTCOME_FITS, UNROLLED } from './expressions.ts';

/**
 * Line 7: what the new events add per (unit, phase, step, measure), into `roll_delta`: outcomes of the claimed batches
 * for units already known, and outcomes that came before their unit's first exposure did. Units that are dirty, and rows of
 * units that are not compared, add nothing.
 */
export async function collectOutcomes(client: ClientBase, batches: ClaimedBatches): Promise<void> {
  const counts = `${OUTCOME_FITS} and ${inWindow('u.first_at')} and ${inTime('u.first_at')}`;
  await client.query(
    `insert into roll_delta (unit_id, phase_id, step, measure_id, variant_id, segment, cohort, n, value)
     with early as (  -- units new in this cycle, and since when their outcomes may have been waiting
       select r.* from roll_unit r where r.kind = 'new' and r.fresh and r.band is distinct from 'waiting'
         and not exists (select from roll_dirty d where d.unit_id = r.unit_id and d.phase_id = r.phase_id)
     ), credited as (
       select u.unit_id, u.phase_id, u.step, pm.measure_id, u.variant_id, u.segment, u.cohort, o.value
       from outcome o
       join unit_state u on u.unit_id = o.unit_id and u.environment_id = o.environment_id
       join phase p on p.id = u.phase_id and p.assignment = 'hash' and p.mode in ('canary', 'ab') and p.frozen_at is null
       join phase_measure pm on pm.phase_id = u.phase_id
       join measure m on m.id = pm.measure_id
       where o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1)
         and ${counts} and ${COMPARED}
         and not exists (select from roll_dirty d where d.unit_id = u.unit_id and d.phase_id = u.phase_id)
       union all      -- outcomes of batches rolled earlier, for units that are new now
       select u.unit_id, u.phase_id, u.step, pm.measure_id, u.variant_id, u.segment, u.cohort, o.value
       from early u
       join phase p on p.id = u.phase_id and p.mode in ('canary', 'ab')
       join outcome o on o.unit_id = u.unit_id and o.environment_id = u.environment_id
       join phase_measure pm on pm.phase_id = u.phase_id
       join measure m on m.id = pm.measure_id
       where o.received_at >= (select coalesce(min(first_at), 'infinity') from early)
         and o.batch_id not in ${UNROLLED}
         and ${counts}
     )
     select unit_id, phase_id, step, measure_id, variant_id, segment, cohort, count(*), sum(value)
     from credited group by 1, 2, 3, 4, 5, 6, 7`,
    [batches.ids, batches.from, batches.to],
  );
}
