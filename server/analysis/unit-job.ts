import type { Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import { findExperiment } from '../experiments/experiment-store.ts';
import { inTurn } from './phase-turn.ts';
import { readPending } from './report-store/read-events.ts';
import { computeUnitResults } from './unit-job/compute-unit-results.ts';
import { storeDistributions } from './unit-job/store-distributions.ts';
import { listUnitPhases, type UnitPhase } from './unit-job/unit-phases.ts';
import { upsertResults } from './unit-job/upsert-results.ts';

/** A phase is computed again after this time, or after this many times what it took. */
const EVERY_MS = 60_000;
const REST = 20;
/** However many phases there are, the job works at most one part in this many of the time. */
const SHARE = 5;

/** The last time this process computed a phase, or tried to. */
interface Attempt {
  at: Date;
  tookMs: number;
}

/**
 * The job on unit totals: stores in `holistic` what reports show between looks, and the distributions of each phase. It takes
 * no roll-up lock: it reads one snapshot. Each call computes one phase that is due, the longest waiting first, and answers whether there was one.
 */
export function unitJob(pool: Pool, now: () => Date): () => Promise<boolean> {
  const attempts = new Map<number, Attempt>();
  let last: Attempt | undefined;
  return async () => {
    if (isResting(last, now())) return false;
    const due = (await listUnitPhases(pool)).find((each) => isDue(each, attempts.get(each.phaseId), now()));
    if (!due) return false;
    const [at, startedAt] = [now(), performance.now()];
    try {
      await computePhase(pool, due, at);
    } finally {
      // A phase that fails waits its turn too, so that it does not keep the others from theirs.
      last = { at, tookMs: performance.now() - startedAt };
      attempts.set(due.phaseId, last);
    }
    return true;
  };
}

/** Whether the job leaves the processors to others for a while. A time still to come is no reason, as below. */
export function isResting(last: Attempt | undefined, now: Date): boolean {
  return last !== undefined && now >= last.at && now.getTime() - last.at.getTime() < SHARE * last.tookMs;
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
  if (!row || !current) return;
  await inTurn(pool, phaseId, async (client) => {
    // Data are complete up to now, or to the receipt of the oldest batch that is not rolled up, as in a report.
    const { oldestAt } = await readPending(client, current);
    const asOf = oldestAt && oldestAt < now ? oldestAt : now;
    const results = current.mode === 'ab' ? await computeUnitResults(client, row, current, asOf) : [];
    await storeDistributions(client, row, current, asOf);
    const distributions = { metricId: 0, result: { asOf: asOf.toISOString() } };
    await upsertResults(client, current.id, [distributions, ...results], now);
  });
}
