import type { ClientBase, Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import type { Mode } from '../db/schema-types.ts';
import { computeBandit } from '../delivery/bandit/bandit-job.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../experiments/experiment-store.ts';
import { computeInterleave } from './interleave/interleave-job.ts';
import { inTurn } from './phase-turn.ts';
import { readPending } from './report-store/read-events.ts';
import { computeShadow } from './shadow/shadow-job.ts';
import { type StoredResult, upsertResults } from './unit-job/upsert-results.ts';

/** A phase is computed again after this time, or after this many times what it took. */
const EVERY_MS = 5_000;
const REST = 20;

/** Reads the unit rows of one phase in one snapshot; everything received by `asOf` is rolled up. */
export type ModeComputation = (
  client: ClientBase,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
) => Promise<StoredResult[]>;

/** Modes whose report needs sums over unit rows. */
const COMPUTATIONS: Partial<Record<Mode, ModeComputation>> = {
  shadow: computeShadow,
  interleave: computeInterleave,
  bandit: computeBandit,
};

/**
 * The job of shadow, bandit and interleave phases: stores in `holistic` what their reports show. Each call computes one
 * phase that is due, the longest waiting first, and answers whether there was one.
 */
export function modeJob(pool: Pool, now: () => Date): () => Promise<boolean> {
  const attempts = new Map<number, { at: number; tookMs: number }>();
  return async () => {
    const startedAt = performance.now();
    const due = (await listModePhases(pool)).find(({ phaseId }) => {
      const last = attempts.get(phaseId);
      return last === undefined || startedAt - last.at >= Math.max(EVERY_MS, REST * last.tookMs);
    });
    if (!due) return false;
    try {
      await computePhase(pool, due, now());
    } finally {
      // A phase that fails waits its turn too, so that it does not keep the others from theirs.
      attempts.set(due.phaseId, { at: startedAt, tookMs: performance.now() - startedAt });
    }
    return true;
  };
}

interface ModePhase {
  phaseId: number;
  environmentId: number;
  /** Of its experiment. */
  key: string;
}

/** Running phases, and ended ones whose last result was taken before their windows had closed. */
async function listModePhases(pool: Pool): Promise<ModePhase[]> {
  const { rows } = await pool.query<ModePhase>(
    `with wait as (
       select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as seconds
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1
     ), last as (
       select phase_id, min(computed_at) as computed_at, min((result->>'asOf')::timestamptz) as as_of
       from holistic group by 1
     )
     select p.id as "phaseId", p.environment_id as "environmentId", e.key
     from phase p join experiment e on e.id = p.experiment_id
     left join wait w on w.phase_id = p.id
     left join last l on l.phase_id = p.id
     where p.mode = any($1) and p.frozen_at is null and (p.state = 'running' or p.state = 'ended'
       and coalesce(l.as_of, '-infinity') <= p.ended_at + make_interval(secs => coalesce(w.seconds, 0) + p.cohort_seconds))
     order by l.computed_at nulls first, p.id`,
    [Object.keys(COMPUTATIONS)],
  );
  return rows;
}

async function computePhase(pool: Pool, { environmentId, key, phaseId }: ModePhase, now: Date): Promise<void> {
  const row = await findExperiment(databaseOf(pool), environmentId, key);
  const phase = row?.phases.find((each) => each.id === phaseId);
  const compute = phase && COMPUTATIONS[phase.mode];
  if (!row || !compute) return;
  await inTurn(pool, phaseId, async (client) => {
    const { oldestAt } = await readPending(client, phase);
    const asOf = oldestAt && oldestAt < now ? oldestAt : now;
    await upsertResults(client, phaseId, await compute(client, row, phase, asOf), now);
  });
}
