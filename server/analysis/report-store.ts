import type { ClientBase, Pool } from 'pg';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { exactly } from '../rollup/statements/expressions.ts';
import type { UnitResult } from './unit-result.ts';

/**
 * Everything a report reads of one phase. All of it comes from roll-ups of bounded size, never from unit or raw rows,
 * so that a report costs the same at ten thousand and at ten million exposures.
 */
export interface ReportRows {
  /** Data up to here is complete: now, or the receipt of the oldest batch that is not rolled up yet. */
  asOf: Date;
  measures: MeasureSums[];
  /** Products of two measures over mature units: ratios, and proxies with their business metrics. */
  pairs: PairSums[];
  /** Mature units of each measure by segment. */
  segments: SegmentSums[];
  segmentValues: { id: number; attribute: string; value: string | null }[];
  /** `units`: by first exposure, sticky ones left out. */
  segmentCounts: { segmentId: number; variantId: number; units: number }[];
  /** What the job on unit totals found last. */
  unitResults: { metricId: number; computedAt: Date; result: UnitResult }[];
  /** `sticky`: of the units, those whose first decision was remembered, not drawn. */
  counts: { variantId: number; units: number; mixed: number; sticky: number }[];
  cohorts: { at: Date; variantId: number; units: number }[];
  calls: { variantId: number; status: string; n: number; ms: number }[];
  late: { variantId: number; n: number }[];
  pending: { batches: number; oldestAt: Date | null; dirtyUnits: number };
  looks: LookRow[];
}

/** A measure over the units of one arm that are mature, or over those still open. Zeros of absent units are in. */
export interface MeasureSums {
  measureId: number;
  variantId: number;
  mature: boolean;
  units: number;
  /** Sum of the units' values; a whole number for `any` and `count`. */
  sum: number;
  mean: number;
  /** Centred second moment: Σ(y − mean)². */
  m2: number;
  /** Centred third moment: Σ(y − mean)³. */
  m3: number;
}

export interface PairSums {
  /** The smaller id of the two. */
  measureA: number;
  measureB: number;
  variantId: number;
  units: number;
  /** Centred co-moment: Σ(a − mean a)(b − mean b). */
  m11: number;
}

export interface SegmentSums extends Omit<MeasureSums, 'mature' | 'm3'> {
  segmentId: number;
}

/** The pool, or a client in a transaction. */
type Queryable = Pick<Pool, 'query'> | Pick<ClientBase, 'query'>;

export interface LookRow {
  metricId: number;
  /** Variant id of the challenger. */
  comparison: number;
  /** Number of the look, from 1. */
  k: number;
  at: Date;
  result: unknown;
}

export async function readReportRows(pool: Queryable, phase: PhaseRow, now: Date): Promise<ReportRows> {
  const pending = await readPending(pool, phase);
  const asOf = pending.oldestAt && pending.oldestAt < now ? pending.oldestAt : now;
  return {
    asOf,
    measures: await readMeasures(pool, phase, asOf),
    pairs: [],
    segments: [],
    segmentValues: [],
    segmentCounts: [],
    unitResults: [],
    counts: await readCounts(pool, phase.id),
    cohorts: await readCohorts(pool, phase.id),
    calls: await readCalls(pool, phase.id),
    late: await readLate(pool, phase.id),
    pending,
    looks: await readLooks(pool, phase.id),
  };
}

/** Exact sums with the zeros added: units without a total have value 0, which is q = -c. */
async function readMeasures(pool: Queryable, phase: PhaseRow, asOf: Date): Promise<MeasureSums[]> {
  const { rows } = await pool.query<{
    measure_id: number;
    variant_id: number;
    mature: boolean;
    units: string;
    sum: number;
    mean: number;
    m2: number;
  }>(
    `with wait as (    -- how long after its cohort's end a unit's value is final
       select pm.measure_id, make_interval(secs => m.window_seconds + pm.lateness_seconds + $2::int) as t,
         coalesce(${exactly('h.c')}, 0) as c
       from phase_measure pm join measure m on m.id = pm.measure_id
       left join moment_shift h on h.phase_id = pm.phase_id and h.measure_id = pm.measure_id
       where pm.phase_id = $1
     ), unit as (
       select w.measure_id, u.variant_id, u.cohort + w.t <= $3 as mature, sum(u.n - u.mixed) as units
       from unit_count u cross join wait w where u.phase_id = $1 and u.segment_id = 0 group by 1, 2, 3
     ), total as (
       select w.measure_id, o.variant_id, o.cohort + w.t <= $3 as mature, sum(o.n) as n, sum(o.s) as s, sum(o.ss) as ss
       from moment o join wait w using (measure_id) where o.phase_id = $1 and o.segment_id = 0 group by 1, 2, 3
     ), filled as (    -- with the zeros
       select u.measure_id, u.variant_id, u.mature, u.units, w.c,
         coalesce(t.s, 0) - (u.units - coalesce(t.n, 0)) * w.c as s,
         coalesce(t.ss, 0) + (u.units - coalesce(t.n, 0)) * w.c * w.c as ss
       from unit u join wait w using (measure_id) left join total t using (measure_id, variant_id, mature)
       where u.units > 0
     )
     select measure_id, variant_id, mature, units, (s + units * c)::float8 as sum,
       (c + s / units)::float8 as mean, greatest((units * ss - s * s)::float8 / units::float8, 0) as m2
     from filled`,
    [phase.id, phase.cohortSeconds, asOf],
  );
  return rows.map((row) => ({
    measureId: row.measure_id,
    variantId: row.variant_id,
    mature: row.mature,
    units: Number(row.units),
    sum: row.sum,
    mean: row.mean,
    m2: row.m2,
    m3: 0,
  }));
}

async function readCounts(pool: Queryable, phaseId: number): Promise<ReportRows['counts']> {
  const { rows } = await pool.query<{ variant_id: number; units: string; mixed: string; sticky: string }>(
    `select variant_id, sum(n) as units, sum(mixed) as mixed, sum(sticky) as sticky from unit_count
     where phase_id = $1 and segment_id = 0 group by 1`,
    [phaseId],
  );
  return rows.map((row) => ({
    variantId: row.variant_id,
    units: Number(row.units),
    mixed: Number(row.mixed),
    sticky: Number(row.sticky),
  }));
}

async function readCohorts(pool: Queryable, phaseId: number): Promise<ReportRows['cohorts']> {
  const { rows } = await pool.query<{ cohort: Date; variant_id: number; units: string }>(
    `select cohort, variant_id, sum(n) as units from unit_count
     where phase_id = $1 and segment_id = 0 group by 1, 2 having sum(n) > 0 order by 1, 2`,
    [phaseId],
  );
  return rows.map((row) => ({ at: row.cohort, variantId: row.variant_id, units: Number(row.units) }));
}

async function readCalls(pool: Queryable, phaseId: number): Promise<ReportRows['calls']> {
  const { rows } = await pool.query<{ variant_id: number; status: string; n: string; ms: number }>(
    `select variant_id, status, sum(n) as n, sum(ms)::float8 as ms from call_hour where phase_id = $1 group by 1, 2`,
    [phaseId],
  );
  return rows.map((row) => ({ variantId: row.variant_id, status: row.status, n: Number(row.n), ms: row.ms }));
}

async function readLate(pool: Queryable, phaseId: number): Promise<ReportRows['late']> {
  const { rows } = await pool.query<{ variant_id: number; n: string }>(
    'select variant_id, sum(n) as n from late_day where phase_id = $1 group by 1',
    [phaseId],
  );
  return rows.map((row) => ({ variantId: row.variant_id, n: Number(row.n) }));
}

async function readPending(pool: Queryable, phase: PhaseRow): Promise<ReportRows['pending']> {
  const { rows } = await pool.query<{ batches: string; oldest: Date | null; dirty: string }>(
    `select count(*) as batches, min(received_at) as oldest,
       (select count(*) from roll_dirty where phase_id = $1) as dirty
     from batch where rolled_at is null and environment_id = $2`,
    [phase.id, phase.environmentId],
  );
  const row = rows[0];
  return { batches: Number(row?.batches ?? 0), oldestAt: row?.oldest ?? null, dirtyUnits: Number(row?.dirty ?? 0) };
}

async function readLooks(pool: Queryable, phaseId: number): Promise<LookRow[]> {
  const { rows } = await pool.query<{ metric_id: number; comparison: number; k: number; at: Date; result: unknown }>(
    'select metric_id, comparison, k, at, result from look where phase_id = $1 order by metric_id, comparison, k',
    [phaseId],
  );
  return rows.map(({ metric_id, ...row }) => ({ metricId: metric_id, ...row }));
}
