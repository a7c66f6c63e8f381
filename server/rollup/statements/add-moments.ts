import type { ClientBase } from 'pg';
import { aboutShift, powerChanges, tenThousandths } from './exact-sums.ts';
import { exactly, unitCapped, unitNumber } from './expressions.ts';
import { upsertMoments } from './upserts.ts';

const BEFORE = ['m.aggregate', 'd.before_n', 'd.before_value', 'm.lower', 'm.upper'] as const;
const [N, VALUE] = ['(coalesce(d.before_n, 0) + d.n)', '(coalesce(d.before_value, 0) + d.value)'];
const AFTER = ['m.aggregate', N, VALUE, 'm.lower', 'm.upper'] as const;
const KNOWN = 'd.before_n is not null';

/**
 * Line 8: the change of each touched unit's value, new (y) minus old (x, null where it had none), in exact arithmetic
 * throughout: the same unit value always adds the same, so that old values cancel, and no value of one unit can cost the
 * others their digits. Each `offset 0` keeps the planner from computing an expression once for every use.
 */
export async function addMoments(client: ClientBase): Promise<void> {
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select d.phase_id, d.measure_id, case when m.aggregate = 'sum'
       then (array_agg(${unitNumber('m.aggregate', 'd.n', 'd.value', 'm.lower', 'm.upper')} order by d.unit_id))[1] else 0 end
     from roll_delta d join measure m on m.id = d.measure_id
     where not exists (select from moment_shift h where h.phase_id = d.phase_id and h.measure_id = d.measure_id)
     group by 1, 2, m.aggregate
     on conflict do nothing`,
  );
  await client.query(
    upsertMoments(
      `select g.phase_id, g.step, g.variant_id, g.measure_id, g.segment, g.cohort, g.count as n,
         ${aboutShift('g', exactly('h.c'))}, g.capped
       from (
         select v.phase_id, v.step, v.variant_id, v.measure_id, v.segment, v.cohort,
           ${powerChanges('v.y', 'v.ky', 'v.x', 'v.kx')}, sum(v.capped) as capped
         from (
           select u.*, ${tenThousandths('u.y')} as ky, ${tenThousandths('u.x')} as kx
           from (
             select d.phase_id, d.step, d.variant_id, d.measure_id, d.segment, d.cohort, ${unitNumber(...AFTER)} as y,
               case when ${KNOWN} then ${unitNumber(...BEFORE)} end as x,
               ${unitCapped(...AFTER)} - case when ${KNOWN} then ${unitCapped(...BEFORE)} else 0 end as capped
             from roll_delta d
             join measure m on m.id = d.measure_id
             offset 0
           ) u offset 0
         ) v group by 1, 2, 3, 4, 5, 6
       ) g
       join moment_shift h on h.phase_id = g.phase_id and h.measure_id = g.measure_id`,
    ),
  );
}
