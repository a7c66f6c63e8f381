/** Days after its last window and allowance have closed in which a phase keeps its raw events: it can still be rebuilt. */
const GRACE_DAYS = 7;

/**
 * Phases that have started and whose raw events are all there: `since` when these were received, and `settled_at`, from
 * when on they are not needed any more; null while the phase runs or something of it is still to be computed.
 */
export const STARTED_PHASES = `(
  select p.id, p.mode, e.key,
    -- external phases report the past: of events that were received since they began, or since they were made
    case p.assignment when 'external' then least(p.started_at, e.created_at) else p.started_at end as since,
    case when p.state = 'ended' and not p.rebuild_wanted
      and not exists (select from roll_dirty d where d.phase_id = p.id)
    then greatest(p.closed_at, p.ended_at)
      + make_interval(secs => coalesce(w.seconds, 0) + p.cohort_seconds, days => ${GRACE_DAYS}) end as settled_at
  from phase p
  join experiment e on e.id = p.experiment_id
  left join (
    select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as seconds
    from phase_measure pm join measure m on m.id = pm.measure_id group by 1
  ) w on w.phase_id = p.id
  where p.state <> 'planned' and p.started_at is not null and p.frozen_at is null)`;
