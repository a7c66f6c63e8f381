-- Of the units of a row of `moment`: how many have a value beyond the limits it was clipped to.
alter table moment add column capped bigint not null default 0;
--> statement-breakpoint
-- Of phases that run already; those rebuilt from raw events count theirs then too.
update moment o set capped = found.units
from (
  select u.phase_id, u.step, u.variant_id, t.measure_id, g.id as segment_id, u.cohort, count(*) as units
  from unit_total t
  join measure m on m.id = t.measure_id
  join unit_state u on u.unit_id = t.unit_id and u.phase_id = t.phase_id and u.step = t.step
  cross join lateral unnest(0::smallint || u.segment) as g(id)
  cross join lateral (select case m.aggregate when 'any' then least(t.n, 1) when 'count' then t.n else t.value end as whole) x
  where (m.lower > '-Infinity' or m.upper < 'Infinity') and (x.whole < m.lower or x.whole > m.upper)
  group by 1, 2, 3, 4, 5, 6
) found
where (o.phase_id, o.step, o.variant_id, o.measure_id, o.segment_id, o.cohort)
  = (found.phase_id, found.step, found.variant_id, found.measure_id, found.segment_id, found.cohort);
