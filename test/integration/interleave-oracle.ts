import type pg from 'pg';

export interface Shown {
  unit: string;
  impression: string;
  at: number;
  items: { id: string; team: string; contested: boolean }[];
  degraded: boolean;
  /** What each item earned. */
  earned: Map<string, number>;
}

/** Impressions of a phase with what outcomes on their items earned, from raw events, by plain loops. */
export async function shownImpressions(
  pool: pg.Pool,
  phaseId: number,
  measure: { outcome: string; windowMs: number; aggregate: 'any' | 'sum' },
): Promise<Shown[]> {
  const { rows: impressions } = await pool.query(
    `select unit_id, impression_id, at, items, degraded from impression where phase_id = $1 order by at`,
    [phaseId],
  );
  const { rows: outcomes } = await pool.query(
    'select unit_id, at, value, impression_id, item_id from outcome where name = $1 and item_id is not null',
    [measure.outcome],
  );
  const shown = impressions.map(
    (row): Shown => ({
      unit: row.unit_id,
      impression: row.impression_id,
      at: row.at.getTime(),
      items: row.items,
      degraded: row.degraded !== null,
      earned: new Map(),
    }),
  );
  for (const { unit_id, at, value, impression_id, item_id } of outcomes) {
    const fits = shown.filter(
      (each) =>
        each.unit === unit_id &&
        each.at <= at.getTime() &&
        (impression_id === null || each.impression === impression_id) &&
        each.items.some(({ id }) => id === item_id),
    );
    const last = fits.at(-1);
    if (!last || at.getTime() >= last.at + measure.windowMs) continue;
    const before = last.earned.get(item_id) ?? 0;
    last.earned.set(item_id, measure.aggregate === 'any' ? 1 : before + value);
  }
  return shown;
}

/** Outcomes of a pair by unit: 1 where the first team's items earned more, -1 where the second's did. */
export function outcomesOfUnits(
  shown: Shown[],
  variant: string,
  against: string,
  counts: (item: Shown['items'][number]) => boolean,
): number[][] {
  const units = new Map<string, number[]>();
  for (const { unit, items, earned, degraded } of shown) {
    if (degraded) continue;
    const of = (team: string) =>
      items.reduce((sum, item) => sum + (item.team === team && counts(item) ? (earned.get(item.id) ?? 0) : 0), 0);
    units.set(unit, [...(units.get(unit) ?? []), Math.sign(of(variant) - of(against))]);
  }
  return [...units.values()];
}
