import type { ClientBase, Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../experiments/experiment-store.ts';
import { inTurn } from './phase-turn.ts';
import { readPending } from './report-store/read-events.ts';
import { type ComputedResult, computeUnitResults } from './unit-job/compute-unit-results.ts';
import { needsUnitJob } from './unit-job/needs-unit-job.ts';
import { listUnitPhases, type UnitPhase } from './unit-job/unit-phases.ts';
import { upsertResults } from './unit-job/upsert-results.ts';

/** A phase is computed again after this time, or after this many times what it took. */
const EVERY_MS = 60_000;
const REST = 20;

/** The last time this process computed a phase, or tried to. */
interface Attempt {
  at: Date;
  tookMs: number;
}

/**
 * The job on unit totals: stores in `holistic` what reports show between looks. It takes no roll-up lock: it reads one
 * snapshot. Each call computes one phase that is due, the longest waiting first, and answers whether there was one.
 */
export function unitJob(pool: Pool, now: () => Date): () => Promise<boolean> {
  const attempts = new Map<number, Attempt>();
  return async () => {
    const due = (await listUnitPhases(pool)).find((each) => isDue(each, attempts.get(each.phaseId), now()));
    if (!due) return false;
    const [at, startedAt] = [now(), performance.now()];
    try {
      await computePhase(pool, due, at);
    } finally {
      // A phase that fails waits its turn too, so that it does not keep the others from theirs.
      attempts.set(due.phaseId, { at, tookMs: performance.now() - startedAt });
    }
    return true;
  };
}

/** Whether a phase is to be computed: at intervals while units mature, and not again once all of them have. */
export function isDue({ computedAt, asOf, completeAt }: UnitPhase, last: Attempt | undefined, now: Date): boolean {
  if (asOf !== null && completeAt !== null && asOf >= completeAt && asOf <= now) return false;
  // A time still to come was read from a clock that has been set back since.
  const past = [computedAt, last?.at].flatMap((at) => (at && at <= now ? at.getTime() : []));
  return now.getTime() - Math.max(0, ...past) >= Math.max(EVERY_MS, REST * (last?.tookMs ?? 0));
}

async function computePhase(pool: Pool, { environmentId, key, phaseId }: UnitPhase, now: Date): Promise<void> {
  const row = await findExperiment(databaseOf(pool), environmentId, key);
  const current = row?.phases.find((each) => each.id === phaseId);
  if (!row || !current || !row.metrics.some((metric) => needsUnitJob(metric, current))) return;
  await inTurn(pool, phaseId, async (client) => {
    const results = await compute(client, row, current, now);
    await upsertResults(client, current.id, results, now);
  });
}

/** Data are complete up to now, or to the receipt of the oldest batch that is not rolled up, as in a report. */
async function compute(
  client: ClientBase,
  row: ExperimentRow,
  current: PhaseRow,
  now: Date,
): Promise<ComputedResult[]> {
  const { oldestAt } = await readPending(client, current);
  return computeUnitResults(client, row, current, oldestAt && oldestAt < now ? oldestAt : now);
}
