import { type CoMoments, coMomentsFromShiftedSums } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import { EVALUATED } from './unit-values.ts';

/**
 * Co-moments of expressions over the units of each variant. Each is taken from its variant's mean before it is
 * multiplied, so that sums of floats keep their digits wherever the mean lies.
 */
export async function sumProducts(client: Queryable, expressions: readonly string[]): Promise<Map<number, CoMoments>> {
  const each = (text: (i: number) => string): string => expressions.map((_, i) => text(i)).join(', ');
  const pairs = expressions.flatMap((_, j) => expressions.slice(0, j + 1).map((__, k) => [j, k] as const));
  const { rows } = await client.query<Record<string, number>>(
    `with shift as (
       select variant_id, count(*)::float8 as n, ${expressions.map((text, i) => `avg(${text}) as c${i}`).join(', ')}
       from unit_value group by 1
     ), centred as (
       select s.*, ${expressions.map((text, i) => `(${text}) - s.c${i} as z${i}`).join(', ')}
       from unit_value join shift s using (variant_id) ${EVALUATED}
     )
     select variant_id, n, ${each((i) => `c${i}`)}, ${each((i) => `sum(z${i}) as s${i}`)},
       ${pairs.map(([j, k]) => `sum(z${j} * z${k}) as p${j}_${k}`).join(', ')}
     from centred group by variant_id, n, ${each((i) => `c${i}`)}`,
  );
  return new Map(rows.map((row) => [row.variant_id ?? 0, momentsFrom(row, expressions.length)]));
}

function momentsFrom(row: Record<string, number>, size: number): CoMoments {
  const indices = Array.from({ length: size }, (_, i) => i);
  const n = row.n ?? 0;
  const shifts = indices.map((i) => row[`c${i}`] ?? 0);
  // What is smaller than the rounding of the values themselves is no spread.
  const spreads = indices.map((i) => (row[`p${i}_${i}`] ?? 0) > n * (16 * Number.EPSILON * (shifts[i] ?? 0)) ** 2);
  const product = (j: number, k: number) =>
    spreads[j] && spreads[k] ? (row[`p${Math.max(j, k)}_${Math.min(j, k)}`] ?? 0) : 0;
  return coMomentsFromShiftedSums({
    n,
    shifts,
    sums: indices.map((i) => (spreads[i] ? (row[`s${i}`] ?? 0) : 0)),
    products: indices.map((j) => indices.map((k) => product(j, k))),
  });
}
