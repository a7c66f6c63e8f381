import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { AFTER_RETENTION } from '../../rollup/statements/count-after-retention.ts';

/** How many events of a frozen phase came after its raw events had begun to go; 0 for others. */
export async function readAfterRetention(db: Queryable, phase: PhaseRow): Promise<number> {
  if (!phase.frozenAt) return 0;
  const { rows } = await db.query<{ n: string }>(
    'select coalesce(sum(n), 0) as n from late_day where phase_id = $1 and measure_id = $2',
    [phase.id, AFTER_RETENTION],
  );
  return Number(rows[0]?.n ?? 0);
}
