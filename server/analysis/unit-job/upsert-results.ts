import type { ClientBase } from 'pg';
import type { ComputedResult } from './compute-unit-results.ts';

/** Stores the results of a phase; ordered by key, so that two processes cannot deadlock. */
export async function upsertResults(
  client: ClientBase,
  phaseId: number,
  results: ComputedResult[],
  now: Date,
): Promise<void> {
  for (const { metricId, result } of [...results].sort((a, b) => a.metricId - b.metricId)) {
    await client.query(
      `insert into holistic (phase_id, metric_id, computed_at, result) values ($1, $2, $3, $4)
       on conflict (phase_id, metric_id) do update set computed_at = excluded.computed_at, result = excluded.result`,
      [phaseId, metricId, now, JSON.stringify(result)],
    );
  }
}
