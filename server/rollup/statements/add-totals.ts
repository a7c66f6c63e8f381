import type { ClientBase } from 'pg';

/** Line 10: the totals themselves, after lines 8 and 9 have read the old ones. */
export async function addTotals(client: ClientBase): Promise<void> {
  await client.query(
    `insert into unit_total (unit_id, phase_id, step, measure_id, n, value)
     select unit_id, phase_id, step, measure_id, n, value from roll_delta order by 1, 2, 3, 4
     on conflict (unit_id, phase_id, step, measure_id)
       do update set n = unit_total.n + excluded.n, value = unit_total.value + excluded.value`,
  );
}
