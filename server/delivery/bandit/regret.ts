import type { PeriodCell } from '../../../stats/index.ts';
import type { BanditPosterior } from './posterior.ts';

/** Most points of a chart over time. */
const CHART_POINTS = 200;

export interface PeriodPoint {
  from: Date;
  cells: PeriodCell[];
  /** Until the end of the period; null while effects are not known. */
  regret: number | null;
}

/**
 * Rewards given up against always giving the arm whose effect is now estimated best, added up over closed cells. Neighbouring
 * periods are joined where there are more than a chart can show.
 */
export function regretOverTime(
  periods: { from: Date; cells: PeriodCell[] }[],
  { arms }: BanditPosterior,
  direction: 'increase' | 'decrease',
): PeriodPoint[] {
  const sign = direction === 'increase' ? 1 : -1;
  const effects = arms.map(({ effect }) => (effect === null ? null : sign * effect));
  const known = effects.every((effect) => effect !== null);
  const best = Math.max(...effects.map((effect) => effect ?? 0));
  const size = Math.max(1, Math.ceil(periods.length / CHART_POINTS));
  const points: PeriodPoint[] = [];
  let regret = 0;
  for (let start = 0; start < periods.length; start += size) {
    const part = periods.slice(start, start + size);
    const cells = arms.map((_, arm) => joined(part.map((each) => each.cells[arm])));
    regret += cells.reduce((sum, { n }, arm) => sum + n * (best - (effects[arm] ?? 0)), 0);
    points.push({ from: part[0]?.from ?? new Date(0), cells, regret: known ? regret : null });
  }
  return points;
}

function joined(cells: (PeriodCell | undefined)[]): PeriodCell {
  const found = cells.filter((each) => each !== undefined);
  const n = found.reduce((sum, each) => sum + each.n, 0);
  const mean = n === 0 ? 0 : found.reduce((sum, each) => sum + each.n * each.mean, 0) / n;
  return { n, mean, m2: found.reduce((sum, each) => sum + each.m2 + each.n * (each.mean - mean) ** 2, 0) };
}
