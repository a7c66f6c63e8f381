import type { Queryable } from '../../db/queryable.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { type ProcessRow, readProcesses } from './process-store.ts';
import { readStepSums, type StepSums } from './read-step-sums.ts';

/** All that the controller and the report of a canary read: sums and evidence by step, of bounded size. */
export interface CanaryRows {
  mode: 'canary';
  steps: CanaryStepRow[];
  processes: ProcessRow[];
  calls: { step: number; variantId: number; status: string; n: number; ms: number }[];
  /** `units`: by first exposure in the step, remembered ones left out. */
  units: { step: number; variantId: number; units: number; mixed: number }[];
  sums: StepSums[];
}

export interface CanaryStepRow {
  step: number;
  startedAt: Date;
  endedAt: Date | null;
  weights: Record<string, number>;
  detail: Record<string, unknown>;
}

export type CanaryMetric = Pick<
  ExperimentRow['metrics'][number],
  'key' | 'name' | 'kind' | 'direction' | 'measureId' | 'denominatorId' | 'capQuantile'
>;

/** Sums by step are kept of these; quantiles, ranks and caps by quantile need unit totals, which no canary computes. */
export function isSummed({ kind, capQuantile }: CanaryMetric): boolean {
  return (kind === 'proportion' || kind === 'mean' || kind === 'ratio') && capQuantile === null;
}

export async function readCanaryRows(db: Queryable, phase: PhaseRow, asOf: Date): Promise<CanaryRows> {
  const metrics = await readMetrics(db, phase);
  return {
    mode: 'canary',
    steps: await readSteps(db, phase.id),
    processes: await readProcesses(db, phase.id),
    calls: await readCallsByStep(db, phase.id),
    units: await readUnitsByStep(db, phase.id),
    sums: await readStepSums(db, phase, metrics.filter(isSummed), asOf),
  };
}

async function readMetrics(db: Queryable, { experimentId }: PhaseRow): Promise<CanaryMetric[]> {
  const { rows } = await db.query<CanaryMetric>(
    `select m.key, m.name, m.kind, m.direction, m.measure_id as "measureId", m.denominator_id as "denominatorId",
       m.cap_quantile as "capQuantile"
     from experiment_metric e join metric m on m.id = e.metric_id where e.experiment_id = $1 order by e.position`,
    [experimentId],
  );
  return rows;
}

async function readSteps(db: Queryable, phaseId: number): Promise<CanaryStepRow[]> {
  const { rows } = await db.query<CanaryStepRow>(
    `select step, started_at as "startedAt", ended_at as "endedAt", weights, detail
     from phase_step where phase_id = $1 order by step`,
    [phaseId],
  );
  return rows;
}

async function readCallsByStep(db: Queryable, phaseId: number): Promise<CanaryRows['calls']> {
  const { rows } = await db.query<CanaryRows['calls'][number]>(
    `select step, variant_id as "variantId", status, sum(n)::float8 as n, sum(ms)::float8 as ms
     from call_hour where phase_id = $1 group by 1, 2, 3 order by 1, 2, 3`,
    [phaseId],
  );
  return rows;
}

async function readUnitsByStep(db: Queryable, phaseId: number): Promise<CanaryRows['units']> {
  const { rows } = await db.query<CanaryRows['units'][number]>(
    `select step, variant_id as "variantId", sum(n - sticky)::float8 as units, sum(mixed)::float8 as mixed
     from unit_count where phase_id = $1 and segment_id = 0 group by 1, 2 order by 1, 2`,
    [phaseId],
  );
  return rows;
}
