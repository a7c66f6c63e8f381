import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { ReportMetric } from '../arms.ts';
import { readCovariates } from '../unit-job/covariate-columns.ts';
import { clusterOf } from '../unit-job/needs-unit-job.ts';
import { matureCohort } from '../unit-job/unit-values.ts';

/** What a query behind a number is about. */
export interface QuerySubject {
  experiment: string;
  metric: ReportMetric;
  phase: PhaseRow;
  /** Units that were mature by then count: those whose cohort of first exposures began at `until` or before. */
  asOf: Date;
  until: Date;
  latenessSeconds: number;
  /** Whether the job on unit totals made the numbers: it divides squares by n - 1, of proportions too. */
  byUnits: boolean;
  /** Attribute by which units were randomised together. */
  cluster: string | null;
  /** Places of the metric's covariates in `unit_state.covariate`, from 1; empty where the report does not adjust. */
  covariates: { name: string; at: number }[];
  /** No event of the phase was received before this. */
  since: Date;
  /** Keys of the variants to answer; null: all. */
  variants: string[] | null;
}

/** What a query needs from the database beside the plan. */
export async function readQueryInputs(
  client: Queryable,
  metric: ReportMetric,
  phase: PhaseRow,
  asOf: Date,
): Promise<Pick<QuerySubject, 'until' | 'latenessSeconds' | 'covariates' | 'cluster'>> {
  const { rows } = await client.query<{ seconds: number }>(
    'select lateness_seconds as seconds from phase_measure where phase_id = $1 and measure_id = $2',
    [phase.id, metric.measureId],
  );
  const additive = metric.kind !== 'quantile' && metric.kind !== 'rank';
  const adjusts = additive && clusterOf(phase) === null && phase.plan.covariates !== null;
  return {
    until: await matureCohort(client, metric, phase, asOf),
    latenessSeconds: rows[0]?.seconds ?? 0,
    covariates: adjusts ? await readCovariates(client, metric, phase.id) : [],
    cluster: clusterOf(phase),
  };
}
