import type { Pool } from 'pg';

/** Clocks of processes may differ by less; what is later than this was written by a clock that ran ahead. */
const TOLERANCE_MS = 600_000;
/** Calls are looked through again from so long before: what was received around the leap was perhaps never looked at. */
const CALLS_BACK_MS = 3_600_000;

/**
 * Sets right what was stored while the clock ran ahead, and that jobs and the intake wait for: else a phase, its steps and
 * its results would stand still for the length of the leap. Conclusions and events keep their times.
 */
export async function correctTimes(pool: Pool, now: Date): Promise<void> {
  const latest = new Date(now.getTime() + TOLERANCE_MS);
  await pool.query(
    `with begun as (   -- exposures from before the start of their phase are refused
       update phase set started_at = $1 where assignment = 'hash' and started_at > $2 returning environment_id
     )
     update ruleset_version set version = version + 1, changed_at = now()
     where environment_id in (select environment_id from begun)`,
    [now, latest],
  );
  await pool.query(
    `update phase set ended_at = case assignment when 'hash' then least(ended_at, $1) else ended_at end,
       closed_at = least(closed_at, $1), rebuilt_at = least(rebuilt_at, $1),
       calls_checked_to = case when calls_checked_to > $2 then $3 else calls_checked_to end,
       verdict = case when (verdict->>'at')::timestamptz > $2 then null else verdict end
     where greatest(closed_at, rebuilt_at, calls_checked_to, (verdict->>'at')::timestamptz) > $2`,
    [now, latest, new Date(now.getTime() - CALLS_BACK_MS)],
  );
  await pool.query(
    `update phase_step s set started_at = least(s.started_at, $1), ended_at = least(s.ended_at, $1)
     from phase p where p.id = s.phase_id and p.assignment = 'hash' and greatest(s.started_at, s.ended_at) > $2`,
    [now, latest],
  );
  await pool.query(
    `delete from holistic h using phase p where p.id = h.phase_id and p.frozen_at is null and h.computed_at > $1`,
    [latest],
  );
}
