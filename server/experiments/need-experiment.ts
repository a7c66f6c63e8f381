import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type ExperimentRow, findExperiment, lockExperiment } from './experiment-store.ts';

export async function needExperiment(db: Executor, environmentId: number, key: string): Promise<ExperimentRow> {
  const row = await findExperiment(db, environmentId, key);
  if (!row) throw new AssayError('not_found', `There is no experiment "${key}". List them with GET /api/experiments.`);
  return row;
}

/** Takes the lock that orders changes of one experiment, then reads it. */
export async function needLockedExperiment(db: Executor, environmentId: number, key: string): Promise<ExperimentRow> {
  await lockExperiment(db, environmentId, key);
  return needExperiment(db, environmentId, key);
}
