import type { ClientBase } from 'pg';
import type { ExampleList } from './interleave-result.ts';

const LISTS = 8;
const ITEMS = 10;

/**
 * The last lists that are old enough for all their outcomes, item by item with its team. They say how drafts look; units
 * are left out, for nobody needs them here.
 */
export async function readExampleLists(
  client: ClientBase,
  phaseId: number,
  ageSeconds: number,
  asOf: Date,
): Promise<ExampleList[]> {
  const { rows } = await client.query<ExampleList>(
    `with recent as (
       select at, impression_id, items, wins from unit_credit
       where phase_id = $1 and degraded is null and at <= $2::timestamptz - make_interval(secs => $3::float8)
       order by at desc, impression_id limit ${LISTS}
     )
     select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, jsonb_array_length(items) as length,
       (select coalesce(jsonb_agg(jsonb_build_object(
          'id', i.item->>'id', 'team', i.item->>'team', 'contested', (i.item->>'contested')::boolean,
          'earned', (select coalesce(jsonb_agg(w.key::int order by w.key::int), '[]') from jsonb_each(r.wins) w
             where coalesce((w.value->>(i.item->>'id'))::numeric, 0) <> 0)) order by i.ordinality), '[]')
        from jsonb_array_elements(r.items) with ordinality as i(item, ordinality) where i.ordinality <= ${ITEMS}) as items
     from recent r order by r.at desc, impression_id`,
    [phaseId, asOf, ageSeconds],
  );
  return rows;
}
