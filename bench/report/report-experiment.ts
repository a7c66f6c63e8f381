import type pg from 'pg';
import { databaseOf } from '../../server/db/database.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { start } from '../../server/experiments/transitions.ts';

export const KEY = 'large';
const DAY_SECONDS = 86_400;

const PLAN: Plan = {
  ...{ level: 0.95, design: 'always_valid', looks: null, units: null, durationSeconds: null },
  ...{ latenessSeconds: null, minimumEffect: 0.02, correction: 'holm', cluster: null },
  covariates: { days: 7, attributes: [] },
};

/** Statuses of call records, by which metrics filter them. */
export const STATUSES = 5;

interface Metric {
  kind: 'mean' | 'proportion' | 'count' | 'ratio' | 'quantile' | 'rank';
  outcome: string;
  aggregate: 'sum' | 'any' | 'count';
  status?: number;
  quantile?: number;
}

/** Twenty: one adjusted by what was known before (call records never are), one ranked, a ratio, two quantiles. */
const METRICS: Metric[] = [
  { kind: 'mean', outcome: 'purchase', aggregate: 'sum' },
  { kind: 'rank', outcome: 'rating', aggregate: 'sum' },
  { kind: 'ratio', outcome: 'assay.ms', aggregate: 'sum' },
  { kind: 'quantile', outcome: 'assay.ms', aggregate: 'count', quantile: 0.5 },
  { kind: 'quantile', outcome: 'assay.ms', aggregate: 'count', quantile: 0.95 },
  { kind: 'mean', outcome: 'assay.ms', aggregate: 'sum' },
  { kind: 'count', outcome: 'assay.error', aggregate: 'count' },
  { kind: 'proportion', outcome: 'assay.error', aggregate: 'any' },
  ...Array.from({ length: 12 }, (_, i): Metric => {
    const kind = (['mean', 'proportion', 'count'] as const)[i % 3] ?? 'mean';
    const aggregate = kind === 'mean' ? 'sum' : kind === 'proportion' ? 'any' : 'count';
    return { kind, outcome: i < 6 ? 'assay.ms' : 'assay.error', aggregate, status: i % STATUSES };
  }),
];

/** An A/B phase of three variants, running since `startedAt`, with segments of ten values in all. */
export async function makeLargeExperiment(pool: pg.Pool, startedAt: Date): Promise<void> {
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms) values (1, 's', 'value', 's', 'v1', 1000);
     insert into variant (slot_id, key) values (1, 'v1'), (1, 'v2'), (1, 'v3');
     insert into experiment (environment_id, slot_id, key, name, segments, range_from, range_to)
       values (1, 1, '${KEY}', 'Large', '["country", "device"]', 0, 1);`,
  );
  for (const [position, metric] of METRICS.entries()) await insertMetric(pool, metric, position);
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan)
     values (1, 1, 0, 'ab', 'hash', 'p', $1)`,
    [JSON.stringify(PLAN)],
  );
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control)
       values (1, 2, 0, 0.333333333, false), (1, 3, 1, 0.333333333, false), (1, 1, 2, 0.333333334, true);
     insert into day_measure (environment_id, measure_id, since)
       select 1, id, '2000-01-01' from measure where outcome = 'purchase' on conflict do nothing;`,
  );
  const db = databaseOf(pool);
  const row = await findExperiment(db, 1, KEY);
  if (!row) throw new Error('the experiment was not made');
  await start(db, row, startedAt);
}

async function insertMetric(pool: pg.Pool, metric: Metric, position: number): Promise<void> {
  const measure = await measureId(pool, metric);
  const denominator = metric.kind === 'ratio' ? await measureId(pool, { ...metric, aggregate: 'count' }) : null;
  const { rows } = await pool.query<{ id: number }>(
    `insert into metric (environment_id, key, name, kind, direction, measure_id, denominator_id, quantile)
     values (1, $1, $1, $2, $3, $4, $5, $6) returning id`,
    [
      `metric-${position + 1}`,
      metric.kind,
      metric.outcome.startsWith('assay.') ? 'decrease' : 'increase',
      measure,
      denominator,
      metric.quantile ?? null,
    ],
  );
  const role = position === 0 ? 'primary' : position % 4 === 3 ? 'guardrail' : 'secondary';
  await pool.query(
    'insert into experiment_metric (experiment_id, metric_id, role, position, margin) values (1, $1, $2, $3, $4)',
    [rows[0]?.id, role, position, role === 'guardrail' ? JSON.stringify({ relative: 0.05 }) : null],
  );
}

async function measureId(pool: pg.Pool, { outcome, aggregate, status }: Metric): Promise<number | undefined> {
  const definition = [outcome, JSON.stringify(status === undefined ? {} : { status: `s${status}` }), aggregate];
  const values = [...definition, DAY_SECONDS];
  await pool.query(
    `insert into measure (environment_id, outcome, filter, aggregate, window_seconds) values (1, $1, $2, $3, $4)
     on conflict do nothing`,
    values,
  );
  const { rows } = await pool.query<{ id: number }>(
    'select id from measure where outcome = $1 and filter = $2 and aggregate = $3 and window_seconds = $4',
    values,
  );
  return rows[0]?.id;
}
