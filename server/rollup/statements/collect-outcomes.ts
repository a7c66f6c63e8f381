import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { COMPARED, inTime, inWindow, OUTCOME_FITS, UNROLLED } from './expressions.ts';

const DIRTY = (of: string) =>
  `exists (select from roll_dirty d where d.unit_id = ${of}.unit_id and d.phase_id = ${of}.phase_id)`;
/** A measure that the phase of a unit `u` wants, under both names that the shared conditions have for it. */
const WANTED = 'wanted pm on pm.phase_id = u.phase_id cross join lateral (select pm.*) m';

/**
 * Line 7: what the new events add per (unit, phase, step, measure), into `roll_delta`, with what the unit had before: outcomes
 * of the claimed batches for units already known, and outcomes that came before their unit's first exposure did. Units that
 * are dirty, and rows of units that are not compared, add nothing.
 */
export async function collectOutcomes(client: ClientBase, batches: ClaimedBatches): Promise<void> {
  const counts = `${OUTCOME_FITS} and ${inWindow('u.first_at')} and ${inTime('u.first_at')}`;
  await client.query(
    `insert into roll_delta (unit_id, phase_id, step, measure_id, variant_id, segment, cohort, n, value, before_at,
       before_n, before_value)
     with wanted as materialized (    -- measures and the phases that want them, few
       select pm.phase_id, pm.measure_id, pm.lateness_seconds, m.*
       from phase p join phase_measure pm on pm.phase_id = p.id join measure m on m.id = pm.measure_id
       where p.assignment = 'hash' and p.mode in ('canary', 'ab') and p.frozen_at is null
     ), early as (  -- units new in this cycle, and since when their outcomes may have been waiting
       select r.* from roll_unit r where r.kind = 'new' and r.fresh and r.band is distinct from 'waiting' and not ${DIRTY('r')}
     ), rolled as (   -- until when: no batch rolled earlier was received later, which a backlog behind it all was
       select coalesce(max(received_at), $2) as until from batch where rolled_at is not null and received_at > $2
     ), credited as (
       select u.unit_id, u.phase_id, u.step, pm.measure_id, u.variant_id, u.segment, u.cohort, o.value
       from (    -- by unit, so that neighbours are looked up one after the other
         select * from outcome o
         where o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1) and o.name in (select outcome from wanted)
         order by o.unit_id offset 0
       ) o
       cross join lateral (
         select * from unit_state u
         where u.unit_id = o.unit_id and u.environment_id = o.environment_id and ${COMPARED} and not ${DIRTY('u')} offset 0
       ) u
       join ${WANTED} where ${counts}
       union all      -- outcomes of batches rolled earlier, for units that are new now
       select u.unit_id, u.phase_id, u.step, pm.measure_id, u.variant_id, u.segment, u.cohort, o.value
       from early u
       join outcome o on o.unit_id = u.unit_id and o.environment_id = u.environment_id
       join ${WANTED}
       where ${counts}
         and o.received_at >= (select coalesce(min(first_at), 'infinity') from early)
         and o.received_at <= (select until from rolled)
         and o.batch_id not in ${UNROLLED}
     )
     select d.*, t.at, t.n, t.value
     from (   -- a row of unit_state has one variant, segment and cohort
       select unit_id, phase_id, step, measure_id, min(variant_id), min(segment), min(cohort), count(*), sum(value)
       from credited group by 1, 2, 3, 4 order by 1, 2, 3, 4
     ) d
     left join lateral (
       select t.ctid as at, t.* from unit_total t
       where t.unit_id = d.unit_id and t.phase_id = d.phase_id and t.step = d.step and t.measure_id = d.measure_id offset 0
     ) t on true`,
    [batches.ids, batches.from, batches.to],
  );
}
