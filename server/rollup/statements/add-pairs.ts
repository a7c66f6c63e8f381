import type { ClientBase } from 'pg';
import { unitValue, zeroValue } from './expressions.ts';
import { upsertPairs } from './upserts.ts';

/** A unit's value of one side of a pair; without a total it has n 0 and value 0. */
const side = (name: string, n: string, value: string) =>
  unitValue(`${name}.aggregate`, n, value, `${name}.lower`, `${name}.upper`);
const before = (name: string) => side(`m${name}`, `coalesce(t${name}.n, 0)`, `coalesce(t${name}.value, 0)`);
const after = (name: string) =>
  side(`m${name}`, `(coalesce(t${name}.n, 0) + d.n${name})`, `(coalesce(t${name}.value, 0) + d.value${name})`);

/**
 * Line 9: the change of each touched unit's product of two measures. The sums hold products less the product of a unit
 * without outcomes, so that such a unit adds exactly nothing; who reads them adds that back for every unit.
 */
export async function addPairs(client: ClientBase): Promise<void> {
  await client.query(
    upsertPairs(
      `select d.phase_id, d.step, d.variant_id, d.measure_a, d.measure_b, d.cohort,
         sum(${after('a')} * ${after('b')} - ${before('a')} * ${before('b')}) as sxy
       from (    -- what this cycle adds to either side, a row a unit and pair
         select d.unit_id, d.phase_id, d.step, d.variant_id, p.measure_a, p.measure_b, d.cohort,
           coalesce(max(d.n) filter (where d.measure_id = p.measure_a), 0) as na,
           coalesce(max(d.value) filter (where d.measure_id = p.measure_a), 0) as valuea,
           coalesce(max(d.n) filter (where d.measure_id = p.measure_b), 0) as nb,
           coalesce(max(d.value) filter (where d.measure_id = p.measure_b), 0) as valueb
         from phase_pair p
         join roll_delta d on d.phase_id = p.phase_id and d.measure_id in (p.measure_a, p.measure_b)
         group by 1, 2, 3, 4, 5, 6, 7
       ) d
       join measure ma on ma.id = d.measure_a
       join measure mb on mb.id = d.measure_b
       left join unit_total ta on ta.unit_id = d.unit_id and ta.phase_id = d.phase_id and ta.step = d.step and ta.measure_id = d.measure_a
       left join unit_total tb on tb.unit_id = d.unit_id and tb.phase_id = d.phase_id and tb.step = d.step and tb.measure_id = d.measure_b
       group by 1, 2, 3, 4, 5, 6`,
    ),
  );
}

/** What the units `u` of a selection contribute, times `sign`: the same rule for recomputations. */
export function pairsOfUnits(selection: string, sign: string): string {
  const value = (name: string) => side(`m${name}`, `coalesce(v.n${name}, 0)`, `coalesce(v.value${name}, 0)`);
  const zero = (name: string) => zeroValue(`m${name}.lower`, `m${name}.upper`);
  return `select v.phase_id, v.step, v.variant_id, v.measure_a, v.measure_b, v.cohort,
      ${sign} * sum(${value('a')} * ${value('b')} - ${zero('a')} * ${zero('b')}) as sxy
    from (
      select u.unit_id, u.phase_id, u.step, u.variant_id, p.measure_a, p.measure_b, u.cohort,
        max(t.n) filter (where t.measure_id = p.measure_a) as na,
        max(t.value) filter (where t.measure_id = p.measure_a) as valuea,
        max(t.n) filter (where t.measure_id = p.measure_b) as nb,
        max(t.value) filter (where t.measure_id = p.measure_b) as valueb
      from phase_pair p
      join unit_total t on t.phase_id = p.phase_id and t.measure_id in (p.measure_a, p.measure_b)
      join unit_state u on u.unit_id = t.unit_id and u.phase_id = t.phase_id and u.step = t.step
      where ${selection}
      group by 1, 2, 3, 4, 5, 6, 7
    ) v
    join measure ma on ma.id = v.measure_a
    join measure mb on mb.id = v.measure_b
    group by 1, 2, 3, 4, 5, 6`;
}
