import { setImmediate } from 'node:timers/promises';
import { asc, eq, inArray } from 'drizzle-orm';
import type { ClientBase, Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import { experiment, phase } from '../db/schema.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../experiments/experiment-store.ts';
import { withRollupLock } from '../rollup/rollup-lock.ts';
import { markTurn } from '../rollup/statements/mark-turn.ts';
import { dueLook, lookClock } from './look-clock.ts';
import { type LookResult, takenLook } from './look-result.ts';
import { lookSteps } from './next-looks.ts';
import { type PastEffects, readPastEffects } from './past-effects.ts';
import { type DueRows, type ReportRows, readDueRows, readReportRows } from './report-store.ts';
import { computeUnitResults } from './unit-job/compute-unit-results.ts';

/**
 * Writes the look of every phase whose time has come: a row a metric and challenger, once: the rows are
 * written under the roll-up lock, if no other look was taken meanwhile. What a look says is never rewritten. Returns how many phases were looked at.
 */
export async function takeDueLooks(pool: Pool, now: Date): Promise<number> {
  let taken = 0;
  const failures: unknown[] = [];
  for (const { row, current } of await phasesToLookAt(pool, now)) {
    try {
      if (await takeDueLook(pool, row, current, now)) taken += 1;
    } catch (error) {
      failures.push(error); // what keeps one phase from its look must not keep the others
    }
  }
  if (failures.length > 0) throw failures[0];
  return taken;
}

async function takeDueLook(pool: Pool, row: ExperimentRow, current: PhaseRow, now: Date): Promise<boolean> {
  if (!isDue(row, current, await readDueRows(pool, current, now), now)) return false;
  // One snapshot, without the lock: reading single units may take longer than the roll-up can wait.
  const rows = await inSnapshot(pool, (client) => readFreshRows(client, row, current, now));
  const results = await computeLooks(row, current, rows, await readPastEffects(pool, row.environmentId), now);
  if (!results) return false;
  const written = await withRollupLock(pool, (client) =>
    insertLooks(client, current, takenLook(rows.looks) ?? { number: 0 }, results, now),
  );
  return written === true;
}

/** With unit results of the same snapshot: what a look concludes is never minutes old. */
async function readFreshRows(
  client: ClientBase,
  row: ExperimentRow,
  current: PhaseRow,
  now: Date,
): Promise<ReportRows> {
  const rows = await readReportRows(client, current, now);
  if (!isDue(row, current, rows, now)) return rows;
  return { ...rows, unitResults: await computeUnitResults(client, row, current, rows.asOf) };
}

/**
 * Phases that may still get a look: running ones but fixed designs that had theirs; ended ones while units mature. Hashed
 * ones that ended short of their plan, in time and in units, never get a planned one.
 */
async function phasesToLookAt(pool: Pool, now: Date): Promise<{ row: ExperimentRow; current: PhaseRow }[]> {
  const db = databaseOf(pool);
  const { rows: open } = await pool.query<{ id: number }>(
    `with candidate as (
       select p.*, coalesce(p.plan->>'design', 'fixed') as design,
         (select max(l.k) from look l where l.phase_id = p.id) as taken,
         coalesce((p.plan->>'looks')::int, 1) as planned
       from phase p where p.state in ('running', 'ended') and p.mode = 'ab' and p.frozen_at is null
     )
     select id from candidate p
     where case
       when design = 'fixed' then taken is null and (state = 'running' or assignment = 'external' or ${PLAN_REACHED})
       when design = 'group_sequential' and coalesce(taken, 0) < planned then state = 'running' or ${PLAN_REACHED}
       else state = 'running' or ${STILL_MATURING} end`,
    [now],
  );
  if (open.length === 0) return [];
  const keys = await db
    .select({ environmentId: experiment.environmentId, key: experiment.key, phaseId: phase.id })
    .from(phase)
    .innerJoin(experiment, eq(experiment.id, phase.experimentId))
    .where(
      inArray(
        phase.id,
        open.map(({ id }) => id),
      ),
    )
    .orderBy(asc(phase.id));
  const found: { row: ExperimentRow; current: PhaseRow }[] = [];
  for (const { environmentId, key, phaseId } of keys) {
    const row = await findExperiment(db, environmentId, key);
    const current = row?.phases.find((each) => each.id === phaseId);
    if (row && current) found.push({ row, current });
  }
  return found;
}

/** `planReached`, in SQL. */
const PLAN_REACHED = `(p.ended_at >= p.started_at + make_interval(secs => (p.plan->>'durationSeconds')::int)
  or (select sum(c.fresh) from unit_count c where c.phase_id = p.id and c.segment_id = 0) >= (p.plan->>'units')::int)`;

/** More units were exposed than the last look had mature; after 500 days, longer than any window, they never will be. */
const STILL_MATURING = `(p.ended_at > $1::timestamptz - interval '500 days'
  and (select sum(c.fresh) from unit_count c where c.phase_id = p.id and c.segment_id = 0)
    > coalesce((select max((l.result->>'mature')::bigint) from look l where l.phase_id = p.id and l.k = p.taken), 0))`;

function isDue(row: ExperimentRow, current: PhaseRow, rows: DueRows, now: Date): boolean {
  return dueLook(current, rows, lookClock(row, current, rows, now), takenLook(rows.looks)) !== null;
}

async function computeLooks(
  row: ExperimentRow,
  current: PhaseRow,
  rows: ReportRows,
  past: PastEffects,
  now: Date,
): Promise<LookResult[] | null> {
  const steps = lookSteps(row, current, rows, past, now);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate(); // an exact test may take a second: requests go in between
  }
}

/** Written only if no other process took a look meanwhile: what was spent there is not in these bounds. */
async function insertLooks(
  client: ClientBase,
  current: PhaseRow,
  { number: before }: { number: number },
  results: LookResult[],
  now: Date,
): Promise<boolean> {
  const { rows } = await client.query<{ k: number }>('select coalesce(max(k), 0) as k from look where phase_id = $1', [
    current.id,
  ]);
  if (rows[0]?.k !== before) return false;
  let written = 0;
  for (const result of results) written += await insertLook(client, current, result, now);
  await markTurn(client, [current.id]);
  return written > 0;
}

async function insertLook(client: ClientBase, current: PhaseRow, result: LookResult, now: Date): Promise<number> {
  const { comparison, control, arm } = result;
  const { number, criticalZ, alphaSpent, logEValue } = comparison.look ?? {};
  const { rowCount } = await client.query(
    `insert into look (phase_id, metric_id, comparison, k, at, n_mature, information, z, bound, spent, log_e, result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    [
      current.id,
      result.metricId,
      result.variantId,
      number ?? 1,
      now,
      [control.units, arm.units],
      result.information,
      result.z,
      criticalZ ?? null,
      alphaSpent ?? null,
      logEValue ?? null,
      JSON.stringify(result),
    ],
  );
  return rowCount ?? 0;
}
