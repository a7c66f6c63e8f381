import type { Pool } from 'pg';

/** A phase for the job, and how far its last results go. */
export interface UnitPhase {
  phaseId: number;
  environmentId: number;
  /** Of its experiment. */
  key: string;
  computedAt: Date | null;
  asOf: Date | null;
  /** When an ended phase's last units are mature; null while it runs or raw events are still to be put in. */
  completeAt: Date | null;
}

/**
 * Started A/B and canary phases whose raw events are all still there: without them the last results stay. Metric 0 stands for
 * the distributions, which every one of them has.
 */
export async function listUnitPhases(pool: Pool): Promise<UnitPhase[]> {
  const { rows } = await pool.query<{
    id: number;
    environment_id: number;
    key: string;
    computed_at: Date | null;
    as_of: Date | null;
    complete_at: Date | null;
  }>(
    `with wait as (
       select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as seconds
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1
     ), last as (
       select phase_id, min(computed_at) as computed_at, min((result->>'asOf')::timestamptz) as as_of
       from holistic group by 1 having bool_or(metric_id = 0)
     )
     select p.id, p.environment_id, e.key, l.computed_at, l.as_of,
       case when p.state = 'ended' and not exists (select from roll_dirty d where d.phase_id = p.id)
         and (p.assignment <> 'external' or not p.rebuild_wanted and p.rebuilt_at is not null)
       then greatest(coalesce(p.closed_at, p.ended_at), p.rebuilt_at,
         p.ended_at + make_interval(secs => w.seconds + p.cohort_seconds)) end as complete_at
     from phase p join experiment e on e.id = p.experiment_id
     join wait w on w.phase_id = p.id
     left join last l on l.phase_id = p.id
     where p.state in ('running', 'ended') and p.mode in ('ab', 'canary') and p.frozen_at is null
     order by l.computed_at nulls first, p.id`,
  );
  return rows.map((row) => ({
    phaseId: row.id,
    environmentId: row.environment_id,
    key: row.key,
    computedAt: row.computed_at,
    asOf: row.as_of,
    completeAt: row.complete_at,
  }));
}
