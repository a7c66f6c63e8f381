import type { Queryable } from '../../db/queryable.ts';

const COUNTS = {
  name: 'report counts',
  text: `select segment_id, variant_id,
      case when segment_id = 0 then extract(epoch from cohort)::float8 end as seconds, sum(n)::float8 as n,
      sum(fresh + mixed)::float8 as units, sum(mixed)::float8 as mixed, sum(sticky)::float8 as sticky
    from unit_count where phase_id = $1 group by 1, 2, 3 having sum(n) <> 0
    order by seconds, variant_id, segment_id`,
};
const VALUES = {
  name: 'report segment values',
  text: 'select id, attribute, value from segment_value where phase_id = $1 order by id',
};

/**
 * Units of each variant by first exposure of the phase; in a bandit, by first exposure of each epoch: in all, over time,
 * and by segment those whose variant was drawn, not remembered, for the sample ratio. Values of segments that some unit has.
 */
export async function readUnits(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{
    segment_id: number;
    variant_id: number;
    seconds: number | null;
    n: number;
    units: number;
    mixed: number;
    sticky: number;
  }>({ ...COUNTS, values: [phaseId] });
  const { rows: values } = await db.query<{ id: number; attribute: string; value: string | null }>({
    ...VALUES,
    values: [phaseId],
  });
  const counts = new Map<number, { variantId: number; units: number; mixed: number; sticky: number }>();
  const cohorts: { at: Date; variantId: number; units: number }[] = [];
  const segmentCounts: { segmentId: number; variantId: number; units: number }[] = [];
  const present = new Set<number>();
  for (const { segment_id: segmentId, variant_id: variantId, seconds, n, units, mixed, sticky } of rows) {
    if (seconds === null) {
      const drawn = n - sticky;
      if (n > 0) present.add(segmentId);
      if (drawn > 0) segmentCounts.push({ segmentId, variantId, units: drawn });
      continue;
    }
    const count = counts.get(variantId) ?? { variantId, units: 0, mixed: 0, sticky: 0 };
    counts.set(variantId, count);
    count.units += units;
    count.mixed += mixed;
    count.sticky += sticky;
    if (units > 0) cohorts.push({ at: new Date(seconds * 1000), variantId, units });
  }
  return {
    counts: [...counts.values()].sort((a, b) => a.variantId - b.variantId),
    cohorts,
    segmentCounts,
    segmentValues: values.filter((each) => present.has(each.id)),
  };
}
