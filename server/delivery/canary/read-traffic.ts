import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/database.ts';
import type { PhaseSettings } from '../../db/schema-types.ts';
import { knownRate, refuseShortSteps, type SlotTraffic } from './canary-plan.ts';

/**
 * What the slot's meter (no experiment running) and the call records of its phases know: requests a second of the last 24
 * hours, and the champion's error rate of the last seven days.
 */
export async function readTraffic(db: Executor, slotId: number, now: Date): Promise<SlotTraffic> {
  const { rows } = await db.execute<{ calls: number; errors: number; day: number; seconds: number }>(sql`
    with counted as (
      select minute as at, coalesce((counters->>'calls')::float8, 0) as calls,
        coalesce((counters->>'errors')::float8, 0) + coalesce((counters->>'timeouts')::float8, 0) as errors, true as champion
      from slot_minute where slot_id = ${slotId} and minute >= ${now.toISOString()}::timestamptz - interval '7 days'
      union all
      select c.hour, c.n, case when c.status in ('error', 'timeout', 'missing') then c.n else 0 end, v.control
      from call_hour c join phase p on p.id = c.phase_id join experiment e on e.id = p.experiment_id
      join phase_variant v on v.phase_id = p.id and v.variant_id = c.variant_id
      where e.slot_id = ${slotId} and c.hour >= ${now.toISOString()}::timestamptz - interval '7 days'
    ), recent as (select * from counted where at >= ${now.toISOString()}::timestamptz - interval '1 day')
    select coalesce(sum(calls) filter (where champion), 0) as calls,
      coalesce(sum(errors) filter (where champion), 0) as errors,
      coalesce((select sum(calls) from recent), 0) as day,
      coalesce((select extract(epoch from ${now.toISOString()}::timestamptz - min(at)) from recent), 0)::float8 as seconds
    from counted`);
  const { calls = 0, errors = 0, day = 0, seconds = 0 } = rows[0] ?? {};
  return {
    requestsPerSecond: day > 0 ? day / Math.max(60, seconds) : null,
    errorRate: knownRate(errors, calls),
  };
}

/** Refuses phases that are to be saved with steps too short for what must pass in them; `where` is the path of a phase. */
export async function refuseShortRamps(
  db: Executor,
  slotId: number,
  phases: { settings: PhaseSettings }[],
  where: (index: number) => string,
  now: Date,
): Promise<void> {
  if (!phases.some(({ settings }) => settings.canary)) return;
  const traffic = await readTraffic(db, slotId, now);
  for (const [i, { settings }] of phases.entries()) {
    if (settings.canary) refuseShortSteps(settings.canary, traffic, `${where(i)}.canary`);
  }
}
