import type { Executor } from '../db/database.ts';
import type { ExperimentRow } from './experiment-store.ts';
import { covariateMeasures } from './phase-inputs.ts';
import { keepDays } from './phase-inputs-store.ts';

/** From when a plan names days before the exposure as covariates, their measures are kept per unit and day. */
export async function keepCovariateDays(db: Executor, row: ExperimentRow, now: Date): Promise<void> {
  if (!row.phases.some((each) => (each.plan.covariates?.days ?? 0) > 0)) return;
  await keepDays(db, row.environmentId, covariateMeasures(row.metrics), now);
}
