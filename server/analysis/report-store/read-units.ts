import type { Queryable } from '../../db/queryable.ts';

/** Units of each variant by first exposure of the phase; in a bandit, by first exposure of each epoch. */
export async function readCounts(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ variant_id: number; units: string; mixed: string; sticky: string }>(
    `select variant_id, sum(fresh + mixed) as units, sum(mixed) as mixed, sum(sticky) as sticky from unit_count
     where phase_id = $1 and segment_id = 0 group by 1`,
    [phaseId],
  );
  return rows.map((row) => ({
    variantId: row.variant_id,
    units: Number(row.units),
    mixed: Number(row.mixed),
    sticky: Number(row.sticky),
  }));
}

/** The same over time. */
export async function readCohorts(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ cohort: Date; variant_id: number; units: string }>(
    `select cohort, variant_id, sum(fresh + mixed) as units from unit_count
     where phase_id = $1 and segment_id = 0 group by 1, 2 having sum(fresh + mixed) > 0 order by 1, 2`,
    [phaseId],
  );
  return rows.map((row) => ({ at: row.cohort, variantId: row.variant_id, units: Number(row.units) }));
}

/** By segment, for the sample ratio: units whose variant was drawn, not remembered. */
export async function readSegmentCounts(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ segment_id: number; variant_id: number; units: string }>(
    `select segment_id, variant_id, sum(n - sticky) as units from unit_count
     where phase_id = $1 and segment_id > 0 group by 1, 2 having sum(n - sticky) > 0 order by 1, 2`,
    [phaseId],
  );
  return rows.map((row) => ({ segmentId: row.segment_id, variantId: row.variant_id, units: Number(row.units) }));
}

/** Values of segments that some unit has. */
export async function readSegmentValues(db: Queryable, phaseId: number) {
  const { rows } = await db.query<{ id: number; attribute: string; value: string | null }>(
    `select v.id, v.attribute, v.value from segment_value v where v.phase_id = $1
       and v.id in (select segment_id from unit_count where phase_id = $1 group by 1 having sum(n) > 0)
     order by v.id`,
    [phaseId],
  );
  return rows;
}
