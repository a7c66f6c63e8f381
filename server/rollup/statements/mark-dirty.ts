import type { ClientBase } from 'pg';
import { CHAIN } from './expressions.ts';

/** How long after its first exposure the last value of a unit is final; null where a phase has no measures. */
const WAIT = `(select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as wait
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1)`;

/** A unit that was mature when something about it was learnt keeps its value: it is final. */
const open = (firstAt: string): string =>
  `(w.wait is null or ${firstAt} + make_interval(secs => w.wait) > r.received_at)`;

/**
 * Line 6: units whose totals cannot be told from the new events alone are computed again from raw ones: a second
 * variant, a first exposure that moved earlier, a first step of a canary learnt of after a later one, or an exposure that
 * arrived over ten minutes late, whose outcomes may lie far back.
 */
export async function markDirty(client: ClientBase): Promise<void> {
  await client.query(
    `insert into roll_dirty (unit_id, phase_id)
     select distinct r.unit_id, r.phase_id
     from roll_unit r
     join unit_state u using (unit_id, phase_id, step)
     left join ${WAIT} w on w.phase_id = r.phase_id
     where r.kind in ('mixed', 'new_mixed')
       or (r.kind = 'moved' and ${open('u.first_at')})
       or (r.kind = 'new' and r.received_at > r.first_at + interval '10 minutes')
       or (r.kind = 'new' and not r.fresh and exists (select from unit_state k
         where k.unit_id = r.unit_id and k.phase_id = r.phase_id and k.step > r.step and k.fresh and ${open('k.first_at')}))
     order by 1, 2
     on conflict do nothing`,
  );
  await markLeftOut(client);
}

/** Units that turn out to have been exposed in an earlier phase of the chain: there they are left out. */
async function markLeftOut(client: ClientBase): Promise<void> {
  await client.query(
    `insert into roll_dirty (unit_id, phase_id)
     select distinct u.unit_id, u.phase_id
     from roll_unit r
     join ${CHAIN} c on c.earlier_id = r.phase_id
     join unit_state u on u.unit_id = r.unit_id and u.phase_id = c.phase_id
     left join ${WAIT} w on w.phase_id = u.phase_id
     where r.kind in ('new', 'new_mixed') and ${open('u.first_at')}
     order by 1, 2
     on conflict do nothing`,
  );
}
