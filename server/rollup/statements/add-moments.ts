import type { ClientBase } from 'pg';
import { exactly, unitValue } from './expressions.ts';

/**
 * Line 7: the change of each touched unit's value, new minus old, in exact arithmetic throughout: the same unit
 * value always gives the same q, so that old values cancel, and no value of one unit can cost the others their digits.
 */
export async function addMoments(client: ClientBase): Promise<void> {
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select d.phase_id, d.measure_id,
       case when m.aggregate = 'sum' then (array_agg(d.value order by d.unit_id))[1] else 0 end
     from roll_delta d join measure m on m.id = d.measure_id group by 1, 2, m.aggregate
     on conflict do nothing`,
  );
  await client.query(
    `insert into moment (phase_id, step, variant_id, measure_id, segment_id, cohort, n, s, ss, sss)
     select d.phase_id, d.step, d.variant_id, d.measure_id, 0, d.cohort,
       count(*) filter (where t.unit_id is null),
       sum(y.q - x.q), sum(y.q * y.q - x.q * x.q), sum(y.q * y.q * y.q - x.q * x.q * x.q)
     from roll_delta d
     join measure m on m.id = d.measure_id
     join moment_shift h on h.phase_id = d.phase_id and h.measure_id = d.measure_id
     left join unit_total t on t.unit_id = d.unit_id and t.phase_id = d.phase_id and t.step = d.step and t.measure_id = d.measure_id
     cross join lateral (select case when t.unit_id is null then 0
       else ${unitValue('m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper')} - ${exactly('h.c')} end as q) x   -- no row yet: nothing to take away
     cross join lateral (select ${unitValue(
       'm.aggregate',
       '(coalesce(t.n, 0) + d.n)',
       '(coalesce(t.value, 0) + d.value)',
       'm.lower',
       'm.upper',
     )} - ${exactly('h.c')} as q) y
     group by 1, 2, 3, 4, 6
     on conflict (phase_id, step, variant_id, measure_id, segment_id, cohort) do update
       set n = moment.n + excluded.n, s = moment.s + excluded.s, ss = moment.ss + excluded.ss, sss = moment.sss + excluded.sss`,
  );
}
