import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { inWindow, OUTCOME_FITS, seconds } from './expressions.ts';

/** In `late_day`, instead of a measure: events of a phase that came after its raw events had begun to go. */
export const AFTER_RETENTION = 0;

/**
 * Events of the claimed batches for frozen phases: their exposures and answers, and outcomes in a window of a unit. They
 * change nothing and are counted, by variant where one is known.
 */
export async function countAfterRetention(client: ClientBase, batches: ClaimedBatches): Promise<void> {
  const { rows } = await client.query<{ until: Date | null }>(
    `select max(greatest(p.closed_at, p.ended_at) + ${seconds('m.window_seconds')}) as until
     from phase p join phase_measure pm on pm.phase_id = p.id join measure m on m.id = pm.measure_id
     where p.frozen_at is not null`,
  );
  const until = rows[0]?.until;
  if (!until) return;
  const claimed = (e: string) => `${e}.received_at >= $2 and ${e}.received_at <= $3 and ${e}.batch_id = any($1)`;
  const answers = ['impression', 'comparison'].map(
    (table) => `select e.phase_id, 0 as variant_id, e.received_at from ${table} e where ${claimed('e')}`,
  );
  await client.query(
    `insert into late_day (phase_id, variant_id, measure_id, day, n)
     select p.id, e.variant_id, ${AFTER_RETENTION}, (e.received_at at time zone 'UTC')::date, count(*)
     from (
       select e.phase_id, e.variant_id, e.received_at from exposure e where ${claimed('e')}
       union all
       ${answers.join(' union all ')}
       union all      -- no window of a frozen phase reaches to what happens now
       select u.phase_id, u.variant_id, o.received_at
       from outcome o join unit_state u on u.unit_id = o.unit_id and u.environment_id = o.environment_id
       where ${claimed('o')} and o.at < $4 and u.fresh
         and exists (select from phase_measure pm join measure m on m.id = pm.measure_id
           where pm.phase_id = u.phase_id and ${OUTCOME_FITS} and ${inWindow('u.first_at')})
     ) e join phase p on p.id = e.phase_id and p.frozen_at is not null
     group by 1, 2, 4
     on conflict (phase_id, variant_id, measure_id, day) do update set n = late_day.n + excluded.n`,
    [batches.ids, batches.from, batches.to, until],
  );
}
