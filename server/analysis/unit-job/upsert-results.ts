import type { ClientBase } from 'pg';

/** What a job found for a metric of a phase, as JSON; 0 where a result is about no metric. */
export interface StoredResult {
  metricId: number;
  /** `asOf`: units and decisions complete by then are in it. */
  result: { asOf: string };
}

/** Stores the results of a phase; ordered by key, so that two processes cannot deadlock. */
export async function upsertResults(
  client: ClientBase,
  phaseId: number,
  results: StoredResult[],
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
