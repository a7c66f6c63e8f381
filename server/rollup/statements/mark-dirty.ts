import type { ClientBase } from 'pg';

/**
 * Line 6: units whose totals cannot be told from the new events alone are computed again from raw ones: a second
 * variant, a first exposure that moved earlier (unless the unit was mature when that was learnt: then its value is final), or one that
 * arrived over ten minutes late, whose outcomes may lie far back.
 */
export async function markDirty(client: ClientBase): Promise<void> {
  await client.query(
    `insert into roll_dirty (unit_id, phase_id)
     select distinct r.unit_id, r.phase_id
     from roll_unit r
     join unit_state u using (unit_id, phase_id, step)
     left join (select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as wait
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1) w on w.phase_id = r.phase_id
     where r.kind in ('mixed', 'new_mixed')
       or (r.kind = 'moved' and u.first_at + make_interval(secs => w.wait) > r.received_at)
       or (r.kind = 'new' and r.received_at > r.first_at + interval '10 minutes')
     order by 1, 2
     on conflict do nothing`,
  );
}
