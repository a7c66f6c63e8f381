import type { ClientBase } from 'pg';
import type { ClaimedBatches } from './claim-batches.ts';
import { cohortOf, SEEN_EARLIER } from './expressions.ts';

/**
 * Line 3: the exposures of the claimed batches that change something, as one row a (unit, phase, step) in `roll_unit`, with
 * what that means for the unit: `new`, `moved` (its first exposure is earlier than known) or `mixed` (a second variant).
 * `fresh`: no other step of the unit is known, and of several in these batches it is the first. Left out are external
 * phases, which `rebuild` computes, and units known from an earlier phase that this one continues.
 */
export async function collectUnits(client: ClientBase, batches: ClaimedBatches): Promise<number> {
  await client.query('truncate roll_unit, roll_delta');
  const { rowCount } = await client.query(
    `insert into roll_unit (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket,
       first_at, received_at, kind, fresh, attributes)
     with described as (   -- phases whose units have segments or covariates
       select phase_id from segment_value union select phase_id from phase_covariate
     ), seen as (      -- exposures of these batches in hashed phases that draw a variant
       select e.*, p.mode, p.cohort_seconds, p.id in (select phase_id from described) as described
       from exposure e join phase p on p.id = e.phase_id
       where e.received_at >= $2 and e.received_at <= $3 and e.batch_id = any($1)
         and p.assignment = 'hash' and p.mode in ('canary', 'ab', 'bandit') and p.frozen_at is null
         and not (${SEEN_EARLIER})
     ), judged as (    -- the first of each unit, and whether it has two variants in this very cycle
       select distinct on (unit_id, phase_id, step) *,
         min(variant_id) over unit <> max(variant_id) over unit as several,
         step = min(step) over (partition by unit_id, phase_id) as first_here
       from seen window unit as (partition by unit_id, phase_id, step)
       order by unit_id, phase_id, step, at, variant_id, decision_id
     )
     select f.unit_id, f.phase_id, f.step, f.environment_id, f.variant_id, f.band, f.source,
       ${cohortOf('f.at', 'f.cohort_seconds')}, f.bucket, f.at, f.received_at,
       j.kind,
       f.mode <> 'canary' or f.first_here and not exists (select from unit_state k
         where k.unit_id = f.unit_id and k.phase_id = f.phase_id and k.step <> f.step),
       case when f.described then coalesce(f.segment, '{}') end
     from judged f
     left join lateral (    -- neighbours one after the other, by the index
       select * from unit_state u where u.unit_id = f.unit_id and u.phase_id = f.phase_id and u.step = f.step offset 0
     ) u on true
     cross join lateral (
       select case when u.unit_id is null then case when f.several then 'new_mixed' else 'new' end
                   when u.mixed_at is null and (u.variant_id <> f.variant_id or f.several) then 'mixed'
                   when f.at < u.first_at then 'moved' end as kind offset 0
     ) j
     where j.kind is not null`,
    [batches.ids, batches.from, batches.to],
  );
  // What joins it next must not be planned for an empty table.
  if (rowCount) await client.query('analyze roll_unit (unit_id, phase_id, kind)');
  return rowCount ?? 0;
}
