import type { Pool } from 'pg';
import { isoDay } from '../db/partitions.ts';
import { STARTED_PHASES } from './started-phases.ts';

const DAY_MS = 86_400_000;
/** The longest look-back of a covariate (`plan.covariates.days`), and a day for exposures dated just before their phase. */
const LONGEST_LOOK_BACK = 90 + 1;

/** Minutes of slots from before the first day that is kept. */
export async function forgetSlotMinutes(pool: Pool, day: number): Promise<void> {
  await pool.query(
    'delete from slot_minute m using slot s where m.environment_id = s.environment_id and m.slot_id = s.id and m.minute < $1',
    [new Date(day * DAY_MS)],
  );
}

/**
 * Days of units that no covariate of a phase can reach any more which has its events from `day` on, but for the first of
 * each unit, which tells that it was known. From then on they count as not kept: a covariate that would need them is
 * unknown, not 0. Works once a day, when the first day that is reached has moved.
 */
export async function forgetUnitDays(pool: Pool, day: number): Promise<void> {
  const { rows } = await pool.query<{ since: Date | null }>(
    `select min(since) as since from (select since from ${STARTED_PHASES} s union all
       select started_at from phase where assignment = 'external' and frozen_at is null) n`,
  );
  const since = rows[0]?.since;
  const first = Math.min(day, since ? Math.floor(since.getTime() / DAY_MS) : day) - LONGEST_LOOK_BACK;
  const { rowCount } = await pool.query('select 1 from day_measure where since < $1 limit 1', [
    new Date(first * DAY_MS),
  ]);
  if (!rowCount) return;
  await pool.query(
    `with moved as (
       update day_measure set since = $1 where since < $1 returning environment_id, measure_id
     )
     delete from unit_day d using moved k
     where d.environment_id = k.environment_id and d.measure_id = k.measure_id and d.day < $2::date
       and exists (select from unit_day e where e.unit_id = d.unit_id and e.environment_id = d.environment_id
         and (e.day, e.measure_id) < (d.day, d.measure_id))`,
    [new Date(first * DAY_MS), isoDay(first)],
  );
}
