import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { AFTER_RETENTION } from '../../rollup/statements/count-after-retention.ts';

export async function readCalls(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ variant_id: number; status: string; n: string; ms: number }>({
    name: 'report calls',
    text: `select variant_id, status, sum(n) as n, sum(ms)::float8 as ms from call_hour where phase_id = $1 group by 1, 2 order by 1, 2`,
    values: [phaseId],
  });
  return rows.map((row) => ({ variantId: row.variant_id, status: row.status, n: Number(row.n), ms: row.ms }));
}

/** Outcomes after their allowance; `read-after-retention.ts` has what came to a frozen phase. */
export async function readLate(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ variant_id: number; n: string }>({
    name: 'report late',
    text: 'select variant_id, sum(n) as n from late_day where phase_id = $1 and measure_id <> $2 group by 1 order by 1',
    values: [phaseId, AFTER_RETENTION],
  });
  return rows.map((row) => ({ variantId: row.variant_id, n: Number(row.n) }));
}

/** What has been received and does not count yet. */
export async function readPending(db: Queryable, phase: PhaseRow) {
  const { rows } = await db.query<{ batches: string; oldest: Date | null; dirty: string }>({
    name: 'report pending',
    text: `select count(*) as batches, min(received_at) as oldest,
       (select count(*) from roll_dirty where phase_id = $1) as dirty
     from batch where rolled_at is null and environment_id = $2`,
    values: [phase.id, phase.environmentId],
  });
  const row = rows[0];
  return { batches: Number(row?.batches ?? 0), oldestAt: row?.oldest ?? null, dirtyUnits: Number(row?.dirty ?? 0) };
}
