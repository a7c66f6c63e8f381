import { sql } from 'drizzle-orm';
import type { SlotTraffic } from '../contract/slot-traffic-contract.ts';
import type { Executor } from '../db/database.ts';

const LEAST_SECONDS = 3600;
const DAY_SECONDS = 86_400;

interface Row extends Record<string, unknown> {
  experiment: string;
  name: string;
  position: number;
  started_at: string;
  seconds: number;
  units: number;
  share: number;
  targeted: boolean;
}

/** Of the latest phase that split units and ran for an hour; units of all its variants, without its pauses. */
export async function readSlotTraffic(db: Executor, slotId: number, now: Date): Promise<SlotTraffic['traffic']> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const { rows } = await db.execute<Row>(sql`
    with ran as (     -- until when each has assigned units; of one elsewhere that is known when it was declared
      select p.id, p.position, p.started_at, p.pauses, e.key as experiment, e.name,
        case when p.assignment = 'hash' then e.range_to - e.range_from else 1 end as share,
        p.assignment = 'hash' and jsonb_array_length(e.targeting) > 0 as targeted,
        case when p.assignment = 'hash' then coalesce(p.ended_at, ${at}) else p.ended_at end as until
      from phase p join experiment e on e.id = p.experiment_id
      where e.slot_id = ${slotId} and p.mode in ('ab', 'bandit') and p.started_at is not null
    ), timed as (     -- and for how long, without its pauses
      select ran.*, extract(epoch from until - started_at - coalesce((
        select sum(coalesce((x->>'to')::timestamptz, until) - (x->>'from')::timestamptz)
        from jsonb_array_elements(pauses) x), interval '0')) as seconds
      from ran
    ), latest as (
      select * from timed where seconds >= ${LEAST_SECONDS} order by started_at desc limit 1
    )
    select experiment, name, position, started_at, seconds::float8 as seconds, share::float8 as share, targeted,
      (select coalesce(sum(fresh), 0)::float8 from unit_count where phase_id = latest.id and segment_id = 0) as units
    from latest`);
  const [row] = rows;
  if (!row || row.units === 0) return null;
  const { experiment, name, position, seconds, units, share, targeted } = row;
  return {
    unitsPerDay: ((units / seconds) * DAY_SECONDS) / share,
    experiment,
    experimentName: name,
    phase: position,
    startedAt: new Date(row.started_at).toISOString(),
    days: seconds / DAY_SECONDS,
    units,
    share,
    targeted,
  };
}
