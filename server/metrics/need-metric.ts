import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { listMetrics, type MetricRow } from './metric-store.ts';

export async function needMetric(db: Executor, environmentId: number, key: string): Promise<MetricRow> {
  const found = (await listMetrics(db, environmentId)).find((each) => each.key === key);
  if (!found) throw new AssayError('not_found', `There is no metric "${key}". List them with GET /api/metrics.`);
  return found;
}
