import { type Moments, NO_VALUES } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { exactly, zeroValue } from '../../rollup/statements/expressions.ts';
import type { BinCount } from './merge-bins.ts';

const BUCKETS = 100;

/** When the distributions of a phase were computed; null: not yet. */
export async function readComputedAt(db: Queryable, phaseId: number): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date }>(
    'select computed_at as at from holistic where phase_id = $1 and metric_id = 0',
    [phaseId],
  );
  return rows[0]?.at ?? null;
}

/** How many units, or outcomes, of each variant lie in each bin: over all steps and buckets. */
export async function readBinCounts(
  db: Queryable,
  phaseId: number,
  measureId: number,
  kind: 'unit' | 'outcome',
): Promise<BinCount[]> {
  const { rows } = await db.query<{ variant_id: number; bin: number; n: number }>(
    `select variant_id, b.key::int as bin, sum(b.value::bigint)::float8 as n
     from histogram cross join lateral jsonb_each_text(bins) b
     where phase_id = $1 and measure_id = $2 and kind = $3 group by 1, 2`,
    [phaseId, measureId, kind],
  );
  return rows.map(({ variant_id, bin, n }) => ({ variantId: variant_id, bin, n }));
}

/** Smallest and largest value of a unit, by variant. */
export async function readExtremes(
  db: Queryable,
  phaseId: number,
  measureId: number,
): Promise<Map<number, { min: number; max: number }>> {
  const { rows } = await db.query<{ variant_id: number; min: number; max: number }>(
    `select variant_id, min(lo) as min, max(hi) as max from bucket_moment where phase_id = $1 and measure_id = $2 group by 1`,
    [phaseId, measureId],
  );
  return new Map(rows.map(({ variant_id, min, max }) => [variant_id, { min, max }]));
}

/** Moments of the units of a variant by bucket, those without a total counted as the measure's zero, z. */
export async function readBuckets(db: Queryable, { id, split }: PhaseRow, measureId: number): Promise<Moments[]> {
  const control = split.find((each) => each.control)?.variantId;
  const { rows } = await db.query<{ bucket: number; n: number; mean: number; m2: number }>(
    `with total as (
       select b.bucket, sum(b.units) as units, sum(b.units - b.n) as zeros, sum(b.s) as s, sum(b.ss) as ss
       from bucket_moment b where b.phase_id = $1 and b.measure_id = $2 and b.variant_id = $3 group by 1
     ), filled as (
       select t.bucket, t.units, w.c, t.s + t.zeros * w.q as s, t.ss + t.zeros * w.q * w.q as ss
       from total t cross join (
         select coalesce(${exactly('h.c')}, 0) as c, ${zeroValue('m.lower', 'm.upper')} - coalesce(${exactly('h.c')}, 0) as q
         from measure m left join moment_shift h on h.phase_id = $1 and h.measure_id = m.id where m.id = $2
       ) w
     )
     select bucket, units::float8 as n, ((s + units * c) / units)::float8 as mean,
       greatest((units * ss - s * s)::float8 / units::float8, 0) as m2
     from filled`,
    [id, measureId, control ?? null],
  );
  const buckets: Moments[] = Array.from({ length: BUCKETS }, () => NO_VALUES);
  for (const { bucket, ...moments } of rows) buckets[bucket] = moments;
  return buckets;
}
