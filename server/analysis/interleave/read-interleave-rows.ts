import type { Queryable } from '../../db/queryable.ts';
import type { ImpressionSums, MetricSums } from './interleave-result.ts';

/** What the job stored last; null before its first run. */
export interface InterleaveRows {
  mode: 'interleave';
  stored: { computedAt: Date; drafts: ImpressionSums; metrics: Map<number, MetricSums> } | null;
}

export async function readInterleaveRows(db: Queryable, phaseId: number): Promise<InterleaveRows> {
  const { rows } = await db.query<{ metricId: number; computedAt: Date; result: unknown }>(
    'select metric_id as "metricId", computed_at as "computedAt", result from holistic where phase_id = $1',
    [phaseId],
  );
  const drafts = rows.find(({ metricId }) => metricId === 0);
  if (!drafts) return { mode: 'interleave', stored: null };
  const metrics = rows
    .filter((each) => each !== drafts)
    .map((each): [number, MetricSums] => {
      return [each.metricId, each.result as MetricSums];
    });
  const stored = { computedAt: drafts.computedAt, drafts: drafts.result as ImpressionSums, metrics: new Map(metrics) };
  return { mode: 'interleave', stored };
}
