import type { Queryable } from '../../db/queryable.ts';
import type { ShadowResult } from './shadow-result.ts';

/** What the job stored last; null before its first run. */
export async function readShadowResult(
  db: Queryable,
  phaseId: number,
): Promise<{ computedAt: Date; result: ShadowResult } | null> {
  const { rows } = await db.query<{ computedAt: Date; result: ShadowResult }>(
    'select computed_at as "computedAt", result from holistic where phase_id = $1 and metric_id = 0',
    [phaseId],
  );
  return rows[0] ?? null;
}
