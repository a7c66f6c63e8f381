import type { Pool } from 'pg';
import { takeDueLooks } from './analysis/look-job.ts';
import { modeJob } from './analysis/mode-job.ts';
import { unitJob } from './analysis/unit-job.ts';
import { verdictJob } from './analysis/verdict-job.ts';
import { correctTimes } from './clock/correct-times.ts';
import { leapWatch } from './clock/leap-watch.ts';
import { keepPartitions } from './db/partitions.ts';
import { takeEpochs } from './delivery/bandit/epoch-job.ts';
import { canaryJob } from './delivery/canary/canary-job.ts';
import { gateJob } from './delivery/gate-job.ts';
import { isDatabaseAway } from './http/errors.ts';
import { retentionJob } from './retention/retention-job.ts';
import { checkCalls } from './rollup/check-calls.ts';
import { mergeCohorts } from './rollup/merge-cohorts.ts';
import { rebuildPhase, recomputeDirty } from './rollup/rebuild.ts';
import { runCycle } from './rollup/rollup-cycle.ts';
import { BATCH_LIMIT } from './rollup/statements/claim-batches.ts';
import type { Services } from './services.ts';

/** An external phase that keeps receiving events is computed again at most this often. */
const REBUILD_EVERY_MS = 60_000;
/** A cycle that takes longer halves the number of batches of the next one. */
const SLOW_CYCLE_MS = 2_000;

export interface Jobs {
  /** Lets the running work finish and starts no more. */
  stop(): Promise<void>;
}

/** The background work of one process. Any number of processes may run it: each job takes its lock or steps aside. */
export function startJobs(services: Services): Jobs {
  const { pool, log, now, disk } = services;
  let stopping = false;
  const leapt = leapWatch(now);
  const askGates = gateJob(services);
  const dropOldEvents = retentionJob(services);
  /** What writes much waits while the disk is short of space: what is acknowledged is rolled up when there is room. */
  const writingLoop = (name: string, everyMs: number, work: () => Promise<unknown>) =>
    loop(name, everyMs, async () => !disk.isShort() && work());
  const loops = [
    writingLoop('roll-up', 400, rollup(pool, now)),
    writingLoop('late units', 10_000, async () => (await recomputeDirty(pool)) === 5_000),
    writingLoop('external phases', 1_000, () => rebuildWanted(pool, now())),
    writingLoop('mature cohorts', 15_000, () => mergeCohorts(pool, now())),
    loop('missing calls', 15_000, async () => !leapt() && checkCalls(pool, now())),
    loop('looks', 1_000, async () => !leapt() && takeDueLooks(pool, now())),
    writingLoop('unit totals', 5_000, unitJob(pool, now)),
    loop('bandit epochs', 1_000, () => takeEpochs(services)),
    loop('mode results', 1_000, modeJob(pool, now)),
    loop('canaries', 700, canaryJob(services)),
    loop('gates', 1_000, async () => !leapt() && askGates()),
    loop('verdicts', 2_000, verdictJob(services)),
    loop('times', 60_000, () => correctTimes(pool, now())),
    loop('partitions', 60_000, () => keepPartitions(pool, now())),
    loop(
      'retention',
      3_600_000,
      notAtOnce(async () => !leapt() && dropOldEvents()),
    ),
  ];

  /** Runs `work` every `everyMs`; again at once while it answers true; logs a failure once until it works again. */
  function loop(name: string, everyMs: number, work: () => Promise<unknown>) {
    let failing = false;
    let wake = () => {};
    const done = (async () => {
      while (!stopping) {
        let again = false;
        try {
          again = (await work()) === true;
          failing = false;
        } catch (error) {
          // That the database is away is said once, by the ruleset watch.
          if (!failing && !stopping && !isDatabaseAway(error)) log.error({ err: error }, `${name}: failed`);
          failing = true;
        }
        if (again || stopping) continue;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, failing ? Math.max(everyMs, 1_000) : everyMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    })();
    return { done, wake: () => wake() };
  }

  return {
    async stop() {
      stopping = true;
      for (const each of loops) each.wake();
      await Promise.all(loops.map((each) => each.done));
    },
  };
}

/** Leaves the first round out: what has waited for the server, the last looks of phases, comes first. */
function notAtOnce(work: () => Promise<unknown>): () => Promise<unknown> {
  let rounds = 0;
  return async () => rounds++ > 0 && work();
}

function rollup(pool: Pool, now: () => Date): () => Promise<boolean> {
  let limit = BATCH_LIMIT;
  return async () => {
    const startedAt = performance.now();
    const taken = await runCycle(pool, now(), limit);
    const more = taken === limit;
    limit = performance.now() - startedAt > SLOW_CYCLE_MS ? Math.max(1, Math.floor(limit / 2)) : BATCH_LIMIT;
    return more;
  };
}

async function rebuildWanted(pool: Pool, now: Date): Promise<void> {
  const { rows } = await pool.query<{ id: number }>(
    `select p.id from phase p
     where p.assignment = 'external' and p.rebuild_wanted and case p.state
       when 'ended'   -- once and for all, when everything received until then is rolled up
         then not exists (select from batch b where b.rolled_at is null and b.received_at <= p.closed_at)
       else p.rebuilt_at is null or p.rebuilt_at < $1 end
     order by p.id`,
    [new Date(now.getTime() - REBUILD_EVERY_MS)],
  );
  for (const { id } of rows) await rebuildPhase(pool, id, now);
}
