import fc from 'fast-check';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { aboutShift, powerSums, sumOfProducts, tenThousandths } from '../../server/rollup/statements/exact-sums.ts';
import { lendPoolToFile } from './lent-pool.ts';

let pool: pg.Pool;
lendPoolToFile((lent) => {
  pool = lent;
});

/** Short decimals, sums of them that are no longer short, whole numbers, edges of what counts as short, and anything. */
const value = fc.oneof(
  fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((n) => n / 10_000),
  fc.tuple(fc.integer({ max: 99 }), fc.integer({ max: 9_999 })).map(([a, b]) => a / 10 + b / 100),
  fc.constantFrom(
    0,
    -0,
    0.1 + 0.2,
    99_999.9999,
    100_000,
    -99_999.9999,
    -100_000,
    99_999.99999,
    0.00005,
    5e-324,
    1e15,
    -1e15,
  ),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }),
);

it('sums of powers and products equal those of plain decimals to the last digit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }), value, async (pairs, shift) => {
      const c = '$3::float8::text::numeric';
      const { rows } = await pool.query(
        `with t as materialized (
           select a as y, b, ${tenThousandths('a')} as k, ${tenThousandths('b')} as kb
           from unnest($1::float8[], $2::float8[]) as v(a, b)
         ), g as (select ${powerSums('t.y', 't.k')}, ${sumOfProducts('t.y', 't.k', 't.b', 't.kb')} as ab from t
         ), ours as (select g.ab, ${aboutShift('g', c)} from g
         ), plain as (
           select sum(t.y::text::numeric * t.b::text::numeric) as ab, sum(q) as s, sum(q * q) as ss, sum(q * q * q) as sss
           from t cross join lateral (select t.y::text::numeric - ${c} as q) x
         )
         select o.ab = p.ab as ab, o.s = p.s as s, o.ss = p.ss as ss, o.sss = p.sss as sss from ours o cross join plain p`,
        [pairs.map(([a]) => a), pairs.map(([, b]) => b), shift],
      );
      expect(rows).toEqual([{ ab: true, s: true, ss: true, sss: true }]);
    }),
    { seed: 20_261_123, numRuns: 200 },
  );
});

it('takes a float as a whole number of ten-thousandths only where it prints as one', async () => {
  const values = [12.34, -0.0001, 99_999.9999, 100_000, 0.30000000000000004, 0.00005];
  const { rows } = await pool.query(`select ${tenThousandths('y')}::text as k from unnest($1::float8[]) y`, [values]);
  expect(rows.map(({ k }) => k)).toEqual(['123400', '-1', '999999999', null, null, null]);
});
