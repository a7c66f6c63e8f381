import { and, asc, eq, sql } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { measure, metric } from '../db/schema.ts';

export interface MetricRow {
  id: number;
  key: string;
  name: string;
  description: string;
  kind: 'proportion' | 'mean';
  direction: 'increase' | 'decrease';
  measureId: number;
  outcome: string;
  windowSeconds: number;
  aggregate: 'any' | 'count' | 'sum';
  createdAt: Date;
}

export const metricColumns = {
  id: metric.id,
  key: metric.key,
  name: metric.name,
  description: metric.description,
  kind: metric.kind,
  direction: metric.direction,
  measureId: metric.measureId,
  outcome: measure.outcome,
  windowSeconds: measure.windowSeconds,
  aggregate: measure.aggregate,
  createdAt: metric.createdAt,
};

export async function listMetrics(db: Executor, environmentId: number): Promise<MetricRow[]> {
  return db
    .select(metricColumns)
    .from(metric)
    .innerJoin(measure, eq(measure.id, metric.measureId))
    .where(eq(metric.environmentId, environmentId))
    .orderBy(asc(metric.key));
}

/** Metrics share measures: the same outcome, window and aggregate is summed once. */
export async function findOrInsertMeasure(
  db: Executor,
  environmentId: number,
  input: Pick<MetricRow, 'outcome' | 'windowSeconds' | 'aggregate'>,
): Promise<number> {
  await db
    .insert(measure)
    .values({ environmentId, ...input })
    .onConflictDoNothing();
  const [row] = await db
    .select({ id: measure.id })
    .from(measure)
    .where(
      and(
        eq(measure.environmentId, environmentId),
        eq(measure.outcome, input.outcome),
        eq(measure.windowSeconds, input.windowSeconds),
        eq(measure.aggregate, input.aggregate),
        sql`${measure.filter} = '{}'::jsonb`,
      ),
    );
  if (!row) throw new Error(`measure of outcome ${input.outcome} vanished`);
  return row.id;
}

export async function insertMetric(
  db: Executor,
  environmentId: number,
  input: Pick<MetricRow, 'key' | 'name' | 'description' | 'kind' | 'direction' | 'measureId'>,
): Promise<boolean> {
  const rows = await db
    .insert(metric)
    .values({ environmentId, ...input })
    .onConflictDoNothing()
    .returning({ id: metric.id });
  return rows.length > 0;
}
