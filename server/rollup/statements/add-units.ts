import type { ClientBase } from 'pg';
import { keepStatistics } from './keep-statistics.ts';
import { upsertCounts } from './upserts.ts';

/** Line 5: units seen for the first time. Ordered by key, so that no two writers can deadlock. */
export async function addUnits(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(
    `insert into unit_state (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at,
       fresh, segment, covariate)
     select unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at, fresh, segment,
       covariate
     from roll_unit where kind in ('new', 'new_mixed') order by unit_id, phase_id, step`,
  );
  await keepStatistics(client, 'unit_state', rowCount ?? 0);
  await client.query(
    upsertCounts(
      `select phase_id, step, variant_id, segment, cohort, count(*) as n, 0 as mixed,
         count(*) filter (where source = 'sticky') as sticky, count(*) filter (where fresh) as fresh
       from roll_unit where kind in ('new', 'new_mixed') and band is distinct from 'waiting' group by 1, 2, 3, 4, 5`,
    ),
  );
}
