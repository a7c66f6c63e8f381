import type { ClientBase } from 'pg';
import { sumOfProducts, tenThousandths } from './exact-sums.ts';
import { exactly, unitValue } from './expressions.ts';
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

/** What units of the rows `totals` contribute, times `sign`: the same rule for recomputations. */
export function pairsOfUnits(sign: number, totals: string): string {
  const zero = (name: string) => `greatest(least(0::float8, m${name}.upper), m${name}.lower)`;
  const scaled = (name: string) =>
    `case when v.y${name} is null then ${tenThousandths(zero(name))} else v.k${name} end`;
  const filter = (name: string) => `filter (where t.measure_id = p.measure_${name})`;
  return `select y.phase_id, y.step, y.variant_id, y.measure_a, y.measure_b, y.cohort,
      ${sign} * (${sumOfProducts('y.a', 'y.ka', 'y.b', 'y.kb')} 
        - coalesce(sum(${exactly('y.za')} * ${exactly('y.zb')}) filter (where y.za <> 0 and y.zb <> 0), 0)) as sxy
    from (
      select v.phase_id, v.step, v.variant_id, v.measure_a, v.measure_b, v.cohort, coalesce(v.ya, ${zero('a')}) as a, coalesce(v.yb, ${zero('b')}) as b, ${scaled('a')} as ka,
        ${scaled('b')} as kb, ${zero('a')} as za, ${zero('b')} as zb
      from (
        select t.unit_id, t.phase_id, t.step, p.measure_a, p.measure_b, min(t.variant_id) as variant_id,
          min(t.cohort) as cohort, max(t.y) ${filter('a')} as ya, max(t.k) ${filter('a')} as ka, max(t.y) ${filter('b')} as yb,
          max(t.k) ${filter('b')} as kb
        from phase_pair p
        join ${totals} t on t.phase_id = p.phase_id and t.measure_id in (p.measure_a, p.measure_b)
        group by 1, 2, 3, 4, 5
      ) v
      join measure ma on ma.id = v.measure_a
      join measure mb on mb.id = v.measure_b
    ) y
    group by 1, 2, 3, 4, 5, 6`;
}
