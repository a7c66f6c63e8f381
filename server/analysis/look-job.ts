import { setImmediate } from 'node:timers/promises';
import { asc, eq, or } from 'drizzle-orm';
import type { ClientBase, Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import { experiment, phase } from '../db/schema.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../experiments/experiment-store.ts';
import { withRollupLock } from '../rollup/rollup-lock.ts';
import { armsOf, matureUnits } from './arms.ts';
import { adjustLook, type LookResult, lookOf } from './look.ts';
import { type ReportRows, readReportRows } from './report-store.ts';

/**
 * Writes the one final look of every phase whose planned time has come: a row a metric and challenger, once, under the
 * roll-up lock. What a look says is never rewritten. Returns how many phases were concluded upon.
 */
export async function takeDueLooks(pool: Pool, now: Date): Promise<number> {
  let taken = 0;
  for (const { row, current } of await phasesWithoutLook(pool)) {
    if (!lookIsDue(row, current, await readReportRows(pool, current, now), now)) continue;
    // The rows of one instant are read under the lock; what takes time is computed outside it.
    const rows = await withRollupLock(pool, (client) => readReportRows(client, current, now));
    if (!rows || !lookIsDue(row, current, rows, now)) continue;
    const results = await computeLooks(row, current, rows, now);
    const written = await withRollupLock(pool, (client) => insertLooks(client, current, results, now));
    if (written) taken += 1;
  }
  return taken;
}

/** Phases that may still get their look: hashed ones that ended short of their plan, in time and in units, never do. */
async function phasesWithoutLook(pool: Pool): Promise<{ row: ExperimentRow; current: PhaseRow }[]> {
  const db = databaseOf(pool);
  const { rows: open } = await pool.query<{ id: number }>(
    `select p.id from phase p
     where p.state in ('running', 'ended') and p.mode = 'ab'
       and not exists (select from look l where l.phase_id = p.id)
       and (p.state = 'running' or p.assignment = 'external'
         or p.ended_at >= p.started_at + make_interval(secs => (p.plan->>'durationSeconds')::int)
         or (select sum(c.n) from unit_count c where c.phase_id = p.id and c.segment_id = 0) >= (p.plan->>'units')::int)`,
  );
  if (open.length === 0) return [];
  const keys = await db
    .select({ environmentId: experiment.environmentId, key: experiment.key, phaseId: phase.id })
    .from(phase)
    .innerJoin(experiment, eq(experiment.id, phase.experimentId))
    .where(or(...open.map(({ id }) => eq(phase.id, id))))
    .orderBy(asc(phase.id));
  const found: { row: ExperimentRow; current: PhaseRow }[] = [];
  for (const { environmentId, key, phaseId } of keys) {
    const row = await findExperiment(db, environmentId, key);
    const current = row?.phases.find((each) => each.id === phaseId);
    if (row && current) found.push({ row, current });
  }
  return found;
}

/** Whether the planned time of a phase's look has come, and its data are complete. */
export function lookIsDue(row: ExperimentRow, current: PhaseRow, rows: ReportRows, now: Date): boolean {
  if (rows.pending.dirtyUnits > 0) return false;
  if (current.assignment === 'external') {
    // Its last rebuild, after its end, holds everything received until then.
    return current.state === 'ended' && !current.rebuildWanted && current.rebuiltAt !== null;
  }
  const { units, durationSeconds } = current.plan;
  if (units !== null && row.metrics.every((each) => matureUnits(armsOf(each, current, rows)) >= units)) return true;
  if (durationSeconds === null || !current.startedAt) return false;
  const plannedEnd = new Date(current.startedAt.getTime() + durationSeconds * 1000);
  // A phase stopped before its planned end has no conclusion: it was stopped for some other reason.
  return now >= plannedEnd && rows.asOf >= plannedEnd && (current.endedAt === null || current.endedAt >= plannedEnd);
}

async function computeLooks(row: ExperimentRow, current: PhaseRow, rows: ReportRows, now: Date): Promise<LookResult[]> {
  const results: LookResult[] = [];
  for (const metric of row.metrics) {
    const arms = armsOf(metric, current, rows);
    const control = arms.find((arm) => arm.control);
    for (const arm of arms.filter((each) => !each.control)) {
      if (control) results.push(lookOf(metric, control, arm, current.plan.level, now));
      await setImmediate(); // an exact test may take a second: requests go in between
    }
  }
  return adjustLook(results, current.plan.level);
}

async function insertLooks(client: ClientBase, current: PhaseRow, results: LookResult[], now: Date): Promise<boolean> {
  for (const result of results) await insertLook(client, current, result, now);
  return results.length > 0;
}

async function insertLook(client: ClientBase, current: PhaseRow, result: LookResult, now: Date): Promise<void> {
  const { comparison, control, arm } = result;
  const error = comparison.difference?.standardError;
  await client.query(
    `insert into look (phase_id, metric_id, comparison, k, at, n_mature, information, z, bound, spent, result)
     values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [
      current.id,
      result.metricId,
      result.variantId,
      now,
      [control.units, arm.units],
      error ? 1 / (error * error) : null,
      result.z,
      result.criticalZ,
      1 - current.plan.level,
      JSON.stringify(result),
    ],
  );
}
