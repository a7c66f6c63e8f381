import type { ClientBase } from 'pg';
import { keepStatistics } from './keep-statistics.ts';

/**
 * Line 10: the totals themselves, after lines 8 and 9. Most of the work is new ones, which are known to be new, or old ones,
 * which are where line 7 found them: only the holder of the roll-up lock writes them.
 */
export async function addTotals(client: ClientBase): Promise<void> {
  await client.query(
    'update unit_total t set n = t.n + d.n, value = t.value + d.value from roll_delta d where t.ctid = d.before_at',
  );
  const { rowCount } = await client.query(
    `insert into unit_total (unit_id, phase_id, step, measure_id, n, value)
     select unit_id, phase_id, step, measure_id, n, value from roll_delta where before_n is null order by 1, 2, 3, 4`,
  );
  await keepStatistics(client, 'unit_total', rowCount ?? 0);
}
