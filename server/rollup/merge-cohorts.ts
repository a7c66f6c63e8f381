import type { Pool } from 'pg';
import { KEPT_POINTS, pointSeconds } from './point-seconds.ts';
import { withRollupLock } from './rollup-lock.ts';
import { cohortOf, seconds } from './statements/expressions.ts';
import { mergeTables } from './statements/merge-tables.ts';

/** Cohorts are merged so much later than they mature: batches may become visible after younger ones, clocks may differ. */
const MARGIN_SECONDS = 600;

/** A phase with cohorts to merge. */
interface DuePhase {
  phaseId: number;
  /** Of its cohorts, those that start before are mature. */
  mergedTo: Date;
  cohortSeconds: number;
  /** From its first cohort to its last. */
  spanSeconds: number;
}

/**
 * Merges cohorts that are mature in every measure of their phase, so that a report reads no more of a long phase than of
 * a short one. No report changes: nobody asks for a time before now, or the receipt of the oldest batch that waits.
 * Returns how many phases were merged; those whose turn another process had are merged the next time.
 */
export async function mergeCohorts(pool: Pool, now: Date): Promise<number> {
  let merged = 0;
  for (const phase of await listDue(pool, now)) {
    const done = await withRollupLock(pool, async (client) => {
      await client.query(
        `insert into rollup_grain (phase_id, merged_to, point_seconds) values ($1, $2, $3)
         on conflict (phase_id) do update set merged_to = greatest(rollup_grain.merged_to, excluded.merged_to),
           point_seconds = greatest(rollup_grain.point_seconds, excluded.point_seconds)`,
        [phase.phaseId, phase.mergedTo, pointSeconds(phase.cohortSeconds, phase.spanSeconds, KEPT_POINTS)],
      );
      await mergeTables(client, phase.phaseId);
      return true;
    });
    if (done) merged += 1;
  }
  return merged;
}

/** Bandits are left out: their weights need each period by itself. */
async function listDue(pool: Pool, now: Date): Promise<DuePhase[]> {
  const { rows } = await pool.query<DuePhase>(
    `with complete as (    -- everything received before is rolled up
       select least($1, (select min(received_at) from batch where rolled_at is null)) - ${seconds('$2::int')} as at
     ), wait as (
       select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as seconds
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1
     ), mature as (
       select p.id, p.cohort_seconds, coalesce(g.merged_to, '-infinity') as merged_to,
         ${cohortOf(`complete.at - ${seconds('coalesce(w.seconds, 0)')}`, 'p.cohort_seconds')} as to
       from complete cross join phase p
       left join wait w on w.phase_id = p.id left join rollup_grain g on g.phase_id = p.id
       where p.mode in ('ab', 'canary') and p.state in ('running', 'ended')
     )
     select m.id as "phaseId", m.cohort_seconds as "cohortSeconds",
       -- never beyond its units, so that a clock which ran ahead for a while does not make units to come mature
       least(m.to, u.last + ${seconds('m.cohort_seconds')}) as "mergedTo",
       extract(epoch from u.last - u.first)::float8 as "spanSeconds"
     from mature m
     cross join lateral (select min(cohort) as first, max(cohort) as last
       from unit_count where phase_id = m.id and segment_id = 0) u
     where exists (select from unit_count u
       where u.phase_id = m.id and u.segment_id = 0 and u.cohort >= m.merged_to and u.cohort < m.to)
     order by m.id`,
    [now, MARGIN_SECONDS],
  );
  return rows;
}
