import type { ClientBase } from 'pg';
import type { ImpressionSums } from './interleave-result.ts';

/** What the drafts of a phase gave to its teams, and the impressions for which a variant gave no list. */
export async function countImpressions(
  client: ClientBase,
  phaseId: number,
  teams: string[],
  asOf: Date,
): Promise<ImpressionSums> {
  const { rows } = await client.query<{ sums: Omit<ImpressionSums, 'asOf'> }>(COUNT_IMPRESSIONS, [phaseId, teams]);
  return { asOf: asOf.toISOString(), ...rows[0]!.sums };
}

const COUNT_IMPRESSIONS = `
  with shown as (
    select unit_id, impression_id, items, degraded from unit_credit where phase_id = $1
  ), drawn as (           -- items of each team in one impression
    select s.unit_id, s.impression_id, t.team, t.n, count(i.item) as items,
      count(i.item) filter (where (i.item->>'contested')::boolean) as contested,
      count(i.item) filter (where (i.item->>'contested')::boolean and i.ordinality = 1) as first
    from shown s cross join unnest($2::text[]) with ordinality as t(team, n)
    left join lateral jsonb_array_elements(s.items) with ordinality as i(item, ordinality) on i.item->>'team' = t.team
    where s.degraded is null group by 1, 2, 3, 4
  ), uneven as (
    select a.team as variant, b.team as against, a.n, b.n as m,
      count(*) filter (where a.contested > b.contested) as more, count(*) filter (where a.contested < b.contested) as fewer
    from drawn a join drawn b on b.unit_id = a.unit_id and b.impression_id = a.impression_id and b.n > a.n
    group by 1, 2, 3, 4
  )
  select json_build_object(
    'units', (select count(distinct unit_id) from shown),
    'total', (select count(*) from shown),
    'degraded', (select coalesce(json_agg(one order by variant, cause), '[]') from (
      select degraded->>'variant' as variant, degraded->>'cause' as cause, count(*) as impressions
      from shown where degraded is not null group by 1, 2) one),
    'teams', (select coalesce(json_agg(json_build_object('variant', team, 'firstPicks', first, 'items', items) order by n), '[]')
      from (select team, n, sum(first) as first, sum(items) as items from drawn group by 1, 2) one),
    'uneven', (select coalesce(json_agg(json_build_object('variant', variant, 'against', against, 'more', more, 'fewer', fewer)
      order by n, m), '[]') from uneven)
  ) as sums`;
