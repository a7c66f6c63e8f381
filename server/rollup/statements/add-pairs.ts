import type { ClientBase } from 'pg';
import { sumOfProducts, tenThousandths } from './exact-sums.ts';
import { exactly, unitNumber } from './expressions.ts';
import { upsertPairs } from './upserts.ts';

/** A unit's value of one side of a pair. */
const side = (name: string, n: string, value: string) =>
  unitNumber(`m${name}.aggregate`, n, value, `m${name}.lower`, `m${name}.upper`);
const before = (name: string) => side(name, `d.n${name}`, `d.value${name}`);
const after = (name: string) => side(name, `(d.n${name} + d.dn${name})`, `(d.value${name} + d.dvalue${name})`);

/** What the rows `d` of a unit say of one side, added up; null where none is about it. */
const of = (name: string, column: string) => `max(d.${column}) filter (where d.measure_id = p.measure_${name})`;

/** The total of a side about which this cycle has nothing: it did not change, and has to be looked up. */
const total = (name: string, column: string) => `coalesce((select t.${column} from unit_total t
  where t.unit_id = s.unit_id and t.phase_id = s.phase_id and t.step = s.step and t.measure_id = s.measure_${name}), 0)`;

const sideOf = (name: string) => `coalesce(s.dn${name}, 0) as dn${name}, coalesce(s.dvalue${name}, 0) as dvalue${name},
  case when s.dn${name} is null then ${total(name, 'n')} else coalesce(s.n${name}, 0) end as n${name},
  case when s.dn${name} is null then ${total(name, 'value')} else coalesce(s.value${name}, 0) end as value${name}`;

/**
 * Line 9: the change of each touched unit's product of two measures. The sums hold products less the product of a unit
 * without outcomes, so that such a unit adds exactly nothing; who reads them adds that back for every unit.
 */
export async function addPairs(client: ClientBase): Promise<void> {
  const columns = (name: string) => `${of(name, 'n')} as dn${name}, ${of(name, 'value')} as dvalue${name},
    ${of(name, 'before_n')} as n${name}, ${of(name, 'before_value')} as value${name}`;
  const changed = `
    select s.phase_id, s.step, s.variant_id, s.measure_a, s.measure_b, s.cohort, ${sideOf('a')}, ${sideOf('b')}
    from (    -- what this cycle adds to either side, a row a unit and pair
      select d.unit_id, d.phase_id, d.step, p.measure_a, p.measure_b, min(d.variant_id) as variant_id,
        min(d.cohort) as cohort, ${columns('a')}, ${columns('b')}
      from phase_pair p
      join roll_delta d on d.phase_id = p.phase_id and d.measure_id in (p.measure_a, p.measure_b)
      group by 1, 2, 3, 4, 5
    ) s`;
  await client.query(
    upsertPairs(
      `select v.phase_id, v.step, v.variant_id, v.measure_a, v.measure_b, v.cohort,
         ${sumOfProducts('v.a1', 'v.ka1', 'v.b1', 'v.kb1')} - ${sumOfProducts('v.a0', 'v.ka0', 'v.b0', 'v.kb0')} as sxy
       from (
         select y.*, ${['a1', 'b1', 'a0', 'b0'].map((each) => `${tenThousandths(`y.${each}`)} as k${each}`).join(', ')}
         from (
           select d.phase_id, d.step, d.variant_id, d.measure_a, d.measure_b, d.cohort, ${after('a')} as a1,
             ${after('b')} as b1, ${before('a')} as a0, ${before('b')} as b0
           from (${changed}) d
           join measure ma on ma.id = d.measure_a
           join measure mb on mb.id = d.measure_b
           offset 0
         ) y offset 0
       ) v
       group by 1, 2, 3, 4, 5, 6`,
    ),
  );
}

/** What units of the rows `totals` contribute, times `sign`: the same rule for recomputations. */
export function pairsOfUnits(sign: number, totals: string): string {
  const zero = (name: string) => `greatest(least(0::float8, m${name}.upper), m${name}.lower)`;
  const scaled = (name: string) => `case when ${name}.y is null then ${tenThousandths(zero(name))} else ${name}.k end`;
  const rowsOf = (name: string) => `(
    select p.measure_a, p.measure_b, t.* from phase_pair p
    join ${totals} t on t.phase_id = p.phase_id and t.measure_id = p.measure_${name}) ${name}`;
  return `select y.phase_id, y.step, y.variant_id, y.measure_a, y.measure_b, y.cohort,
      ${sign} * (${sumOfProducts('y.a', 'y.ka', 'y.b', 'y.kb')}
        - coalesce(sum(${exactly('y.za')} * ${exactly('y.zb')}) filter (where y.za <> 0 and y.zb <> 0), 0)) as sxy
    from (
      select phase_id, step, coalesce(a.variant_id, b.variant_id) as variant_id, measure_a, measure_b,
        coalesce(a.cohort, b.cohort) as cohort, coalesce(a.y, ${zero('a')}) as a, coalesce(b.y, ${zero('b')}) as b,
        ${scaled('a')} as ka, ${scaled('b')} as kb, ${zero('a')} as za, ${zero('b')} as zb
      from ${rowsOf('a')} full join ${rowsOf('b')} using (unit_id, phase_id, step, measure_a, measure_b)
      join measure ma on ma.id = measure_a
      join measure mb on mb.id = measure_b
    ) y
    group by 1, 2, 3, 4, 5, 6`;
}
