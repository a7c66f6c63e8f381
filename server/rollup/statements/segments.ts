import type { ClientBase } from 'pg';

/** Values of one attribute that get a number of their own; what comes later is "other". */
const VALUES_PER_ATTRIBUTE = 20;

/**
 * Numbers values of declared segments that have not been seen before, first come first numbered; within one call by
 * time of exposure. Numbers stay for good, through rebuilds too. `exposures`: SQL of first exposures of units as rows
 * of phase_id, attributes, first_at.
 */
export async function numberSegments(client: ClientBase, exposures: string, values: unknown[] = []): Promise<void> {
  await client.query(
    `with attribute as (   -- "other" of each declared attribute is there from the start of the phase
       select o.phase_id, o.attribute,
         (select count(*) from segment_value v where v.phase_id = o.phase_id and v.attribute = o.attribute) - 1 as taken,
         (select max(v.id) from segment_value v where v.phase_id = o.phase_id) as last_id
       from segment_value o where o.value is null
     ), seen as (
       select a.phase_id, a.attribute, a.taken, a.last_id, e.attributes->>a.attribute as value, min(e.first_at) as first_at
       from attribute a join (${exposures}) e on e.phase_id = a.phase_id
       where e.attributes->>a.attribute is not null
       group by 1, 2, 3, 4, 5
     ), fresh as (
       select s.*, s.taken + row_number() over (
         partition by s.phase_id, s.attribute order by s.first_at, s.value collate "C") as place
       from seen s
       where not exists (select from segment_value v
         where v.phase_id = s.phase_id and v.attribute = s.attribute and v.value = s.value)
     )
     insert into segment_value (phase_id, id, attribute, value)
     select f.phase_id, f.last_id + row_number() over (
         partition by f.phase_id order by f.first_at, f.attribute collate "C", f.value collate "C"), f.attribute, f.value
     from fresh f where f.place <= ${VALUES_PER_ATTRIBUTE}`,
    values,
  );
}

/** CTE `numbering`: the numbers of a phase with segments, one row each, for `segmentOf`. */
export const NUMBERING = `numbering as materialized (
  select o.phase_id, array_agg(o.attribute order by o.id) as attributes, array_agg(o.id order by o.id) as others,
    jsonb_object_agg(o.attribute, (
      select coalesce(jsonb_object_agg(v.value, v.id), '{}') from segment_value v
      where v.phase_id = o.phase_id and v.attribute = o.attribute and v.value is not null)) as ids
  from segment_value o where o.value is null group by 1)`;

/** `unit_state.segment`: the number of each declared attribute's value; `g` is the row of `numbering` of its phase. */
export function segmentOf(attributes: string): string {
  return `(select array_agg(coalesce((g.ids->a.attribute->>(${attributes}->>a.attribute))::int, a.other)::smallint order by a.other)
    from unnest(g.attributes, g.others) as a(attribute, other))`;
}

/** The number of one declared attribute's value, alone in an array; null where there is no such attribute. */
export function contextOf(attributes: string, attribute: string): string {
  return `case when ${attribute} = any(g.attributes) then array[coalesce(
    (g.ids->(${attribute})->>(${attributes}->>(${attribute})))::int,
    g.others[array_position(g.attributes, ${attribute})])::smallint] end`;
}
