import type { Queryable } from '../../db/queryable.ts';
import type { ShadowQuantity, ShadowResult } from './shadow-result.ts';
import { perUnit, sumUnits } from './sum-by-unit.ts';

/** Measures and fields shown: those that most decisions have, or that differ most. */
const MOST_MEASURES = 20;
/** Set only where a field differs. */
const FIELD = 'differs.';

/** Everything but the first row's, and of these the paired differences, exists only where the champion was called twice. */
const QUANTITIES: [name: ShadowQuantity, value: string, divisor: string, rate: boolean][] = [
  ['disagreement', 'disagreement', '1', true],
  ['error_candidate', 'c_error', '1', true],
  ['score_difference', 'c_score - p_score', '1', false],
  ['disagreement_reference', 'disagreement_reference', '1', true],
  ['disagreement_difference', 'disagreement - disagreement_reference', '1', false],
  ['error_reference', 'r_error', '1', true],
  ['error_difference', 'c_error - r_error', '1', false],
  ['ms_candidate', 'case when r_ms is not null then c_ms end', '1', false],
  ['ms_reference', 'case when c_ms is not null then r_ms end', '1', false],
  ['ms_difference', 'c_ms - r_ms', '1', false],
  ['ms_ratio', 'c_ms', 'r_ms', false],
  ['score_difference_reference', 'r_score - p_score', '1', false],
];

export async function readShadowSums(client: Queryable): Promise<ShadowResult['sums']> {
  const values = QUANTITIES.map(
    ([name, value, divisor, rate]) => `('${name}', (${value})::float8, (${divisor})::float8, ${rate})`,
  );
  const found = await sumUnits(
    client,
    perUnit(`select q.name, unit_id, q.value, q.divisor, q.rate from shadow_call
      cross join lateral (values ${values.join(', ')}) q(name, value, divisor, rate)
      where q.value is not null`),
  );
  return Object.fromEntries(found);
}

/** What the comparators measured besides whether both answers agree. */
export async function readShadowMeasures(client: Queryable): Promise<ShadowResult['measures']> {
  const names = await readNames(client);
  const given = names.filter((name) => !name.startsWith(FIELD));
  const fields = names.filter((name) => name.startsWith(FIELD));
  const [candidate, reference] = [
    await measured(client, 'measures', given, fields),
    await measured(client, 'measures_reference', given, fields),
  ];
  return names.flatMap((name) => {
    const sums = candidate.get(name);
    return sums ? [{ name, candidate: sums, reference: reference.get(name) ?? null }] : [];
  });
}

async function readNames(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select m.name from (
       select k.name, count(*) as n, row_number() over (
         partition by k.name like '${FIELD}%' order by count(*) desc, k.name) as place
       from shadow_call cross join lateral jsonb_object_keys(measures) k(name) where k.name <> 'agree' group by 1
     ) m where m.place <= ${MOST_MEASURES} order by m.name like '${FIELD}%', m.n desc, m.name`,
  );
  return rows.map((row) => row.name);
}

/** `fields` are 0 in every decision whose answers were compared and that does not name them. */
async function measured(
  client: Queryable,
  column: 'measures' | 'measures_reference',
  given: string[],
  fields: string[],
) {
  const value = `case jsonb_typeof(m.value) when 'boolean' then (m.value)::boolean::int::float8
    when 'number' then (m.value)::float8 end`;
  return sumUnits(
    client,
    `with compared as (
       select unit_id, count(*) as n from shadow_call where ${column} <> '{}' group by 1
     ), differing as (
       select m.name, unit_id, count(*) as up from shadow_call
       cross join lateral jsonb_object_keys(${column}) m(name) where m.name = any($2) group by 1, 2
     )
     ${perUnit(`select m.key as name, unit_id, ${value} as value, 1 as divisor, jsonb_typeof(m.value) = 'boolean' as rate
       from shadow_call cross join lateral jsonb_each(${column}) m where m.key = any($1)`)}
     union all
     select f.name, c.unit_id, c.n, coalesce(d.up, 0), c.n, coalesce(d.up, 0), c.n - coalesce(d.up, 0)
     from compared c cross join unnest($2::text[]) f(name)
     left join differing d on d.name = f.name and d.unit_id = c.unit_id`,
    [given, fields],
  );
}

/** Disagreement in each value of the declared segments; at most 8 segments of 20 values and "other". */
export async function readShadowSegments(client: Queryable, phaseId: number): Promise<ShadowResult['segments']> {
  const found = await sumUnits(
    client,
    perUnit(`select s.id::text as name, unit_id, disagreement::float8 as value, 1 as divisor, true as rate
      from shadow_call cross join lateral unnest(segment) s(id)`),
  );
  const { rows } = await client.query<{ id: number; attribute: string; value: string | null }>(
    'select id, attribute, value from segment_value where phase_id = $1 order by attribute, id',
    [phaseId],
  );
  return rows.flatMap(({ id, attribute, value }) => {
    const disagreement = found.get(String(id));
    return disagreement ? [{ attribute, value, disagreement }] : [];
  });
}
