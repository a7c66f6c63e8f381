import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Executor } from '../db/database.ts';
import { experimentMetric, measure, metric } from '../db/schema.ts';
import type { MetricKind } from '../db/schema-types.ts';

export type Filter = Record<string, string | number | boolean>;

export interface MetricRow {
  id: number;
  key: string;
  name: string;
  description: string;
  kind: MetricKind;
  direction: 'increase' | 'decrease';
  measureId: number;
  outcome: string;
  filter: Filter;
  /** The window's start and end, from the first exposure on; it starts later only for retention. */
  startSeconds: number;
  windowSeconds: number;
  aggregate: 'any' | 'count' | 'sum';
  /** Limits that a unit's value is clipped to; infinite where there is none. */
  lower: number;
  upper: number;
  denominatorId: number | null;
  denominatorOutcome: string | null;
  denominatorFilter: Filter | null;
  denominatorAggregate: 'any' | 'count' | 'sum' | null;
  quantile: number | null;
  capQuantile: number | null;
  proxyForId: number | null;
  proxyForKey: string | null;
  independentOfAnswer: boolean;
  createdAt: Date;
}

const denominator = alias(measure, 'denominator');
const business = alias(metric, 'business');

const metricColumns = {
  id: metric.id,
  key: metric.key,
  name: metric.name,
  description: metric.description,
  kind: metric.kind,
  direction: metric.direction,
  measureId: metric.measureId,
  outcome: measure.outcome,
  filter: measure.filter,
  startSeconds: measure.startSeconds,
  windowSeconds: measure.windowSeconds,
  aggregate: measure.aggregate,
  lower: measure.lower,
  upper: measure.upper,
  denominatorId: metric.denominatorId,
  denominatorOutcome: denominator.outcome,
  denominatorFilter: denominator.filter,
  denominatorAggregate: denominator.aggregate,
  quantile: metric.quantile,
  capQuantile: metric.capQuantile,
  proxyForId: metric.proxyForId,
  proxyForKey: business.key,
  independentOfAnswer: metric.independentOfAnswer,
  createdAt: metric.createdAt,
};

export async function listMetrics(db: Executor, environmentId: number): Promise<MetricRow[]> {
  return db
    .select(metricColumns)
    .from(metric)
    .innerJoin(measure, eq(measure.id, metric.measureId))
    .leftJoin(denominator, eq(denominator.id, metric.denominatorId))
    .leftJoin(business, eq(business.id, metric.proxyForId))
    .where(eq(metric.environmentId, environmentId))
    .orderBy(asc(metric.key));
}

/** Metrics of experiments in their order, each with what the experiment says of it. */
export async function listMetricsOf(db: Executor, experimentIds: number[]) {
  const { experimentId, role, margin } = experimentMetric;
  return db
    .select({ ...metricColumns, experimentId, role, margin })
    .from(experimentMetric)
    .innerJoin(metric, eq(metric.id, experimentMetric.metricId))
    .innerJoin(measure, eq(measure.id, metric.measureId))
    .leftJoin(denominator, eq(denominator.id, metric.denominatorId))
    .leftJoin(business, eq(business.id, metric.proxyForId))
    .where(inArray(experimentMetric.experimentId, experimentIds))
    .orderBy(asc(experimentMetric.position));
}

/** Metrics share measures: the same outcome, window and aggregate is summed once. */
export async function findOrInsertMeasure(
  db: Executor,
  environmentId: number,
  given: Pick<MetricRow, 'outcome' | 'filter' | 'startSeconds' | 'windowSeconds' | 'aggregate' | 'lower' | 'upper'>,
): Promise<number> {
  const { outcome, filter, startSeconds, windowSeconds, aggregate, lower, upper } = given;
  await db
    .insert(measure)
    .values({ environmentId, outcome, filter, startSeconds, windowSeconds, aggregate, lower, upper })
    .onConflictDoNothing();
  const [row] = await db
    .select({ id: measure.id })
    .from(measure)
    .where(
      and(
        eq(measure.environmentId, environmentId),
        eq(measure.outcome, outcome),
        eq(measure.startSeconds, startSeconds),
        eq(measure.windowSeconds, windowSeconds),
        eq(measure.aggregate, aggregate),
        eq(measure.lower, lower),
        eq(measure.upper, upper),
        sql`${measure.filter} = ${JSON.stringify(filter)}::jsonb`,
      ),
    );
  if (!row) throw new Error(`measure of outcome ${outcome} vanished`);
  return row.id;
}

export async function insertMetric(
  db: Executor,
  environmentId: number,
  input: Omit<typeof metric.$inferInsert, 'environmentId'>,
): Promise<boolean> {
  const rows = await db
    .insert(metric)
    .values({ environmentId, ...input })
    .onConflictDoNothing()
    .returning({ id: metric.id });
  return rows.length > 0;
}
