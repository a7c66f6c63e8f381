import type { ClientBase } from 'pg';

/** Line 4: units seen for the first time. Ordered by key, so that no two writers can deadlock. */
export async function addUnits(client: ClientBase): Promise<void> {
  await client.query(
    `insert into unit_state (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at)
     select unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at
     from roll_unit where kind in ('new', 'new_mixed') order by unit_id, phase_id, step
     on conflict do nothing`,
  );
  await client.query(
    `insert into unit_count (phase_id, step, variant_id, segment_id, cohort, n, mixed, sticky)
     select phase_id, step, variant_id, 0, cohort, count(*), 0, count(*) filter (where source = 'sticky')
     from roll_unit where kind in ('new', 'new_mixed') and band is distinct from 'waiting' group by 1, 2, 3, 5
     on conflict (phase_id, step, variant_id, segment_id, cohort) 
       do update set n = unit_count.n + excluded.n, sticky = unit_count.sticky + excluded.sticky`,
  );
  await client.query(
    `insert into exposure_hour (phase_id, step, variant_id, hour, n)
     select phase_id, step, variant_id, date_trunc('hour', first_at), count(*)
     from roll_unit where kind in ('new', 'new_mixed') group by 1, 2, 3, 4
     on conflict (phase_id, step, variant_id, hour) do update set n = exposure_hour.n + excluded.n`,
  );
}
