import type { ClientBase } from 'pg';
import { exactly, unitCapped, unitNumber, unitValue } from './expressions.ts';
import { upsertMoments } from './upserts.ts';

/**
 * Line 8: the change of each touched unit's value, new minus old, in exact arithmetic throughout: the same unit
 * value always gives the same q, so that old values cancel, and no value of one unit can cost the others their digits.
 */
export async function addMoments(client: ClientBase): Promise<void> {
  const before = ['m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper'] as const;
  const [n, value] = ['(coalesce(t.n, 0) + d.n)', '(coalesce(t.value, 0) + d.value)'];
  const after = ['m.aggregate', n, value, 'm.lower', 'm.upper'] as const;
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select d.phase_id, d.measure_id, case when m.aggregate = 'sum'
       then (array_agg(${unitNumber('m.aggregate', 'd.n', 'd.value', 'm.lower', 'm.upper')} order by d.unit_id))[1] else 0 end
     from roll_delta d join measure m on m.id = d.measure_id group by 1, 2, m.aggregate
     on conflict do nothing`,
  );
  await client.query(
    upsertMoments(
      `select d.phase_id, d.step, d.variant_id, d.measure_id, d.segment, d.cohort,
         count(*) filter (where t.unit_id is null) as n,
         sum(y.q - x.q) as s, sum(y.q * y.q - x.q * x.q) as ss, sum(y.q * y.q * y.q - x.q * x.q * x.q) as sss,
         sum(y.capped - x.capped) as capped
       from roll_delta d
       join measure m on m.id = d.measure_id
       join moment_shift h on h.phase_id = d.phase_id and h.measure_id = d.measure_id
       left join unit_total t on t.unit_id = d.unit_id and t.phase_id = d.phase_id and t.step = d.step and t.measure_id = d.measure_id
       cross join lateral (select    -- no row yet: nothing to take away
         case when t.unit_id is null then 0 else ${unitValue(...before)} - ${exactly('h.c')} end as q,
         case when t.unit_id is null then 0 else ${unitCapped(...before)} end as capped offset 0) x
       cross join lateral (select ${unitValue(...after)} - ${exactly('h.c')} as q, ${unitCapped(...after)} as capped offset 0) y
       group by 1, 2, 3, 4, 5, 6`,
    ),
  );
}
