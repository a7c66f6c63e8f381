import type { Report } from '../../server/contract/report-contract.ts';

export type ExposurePoint = { at: Date; variant: string; units: number };

/** More buckets than this are not filled up: nothing so long is sent, and the page must not hang on a wrong answer. */
const mostBuckets = 5000;

/** A line per variant over every bucket from the first to the last: the server sends only those that have units. */
export function exposureSeries(
  { bucketSeconds, points }: Report['exposures'],
  variants: readonly string[],
  cumulative: boolean,
): ExposurePoint[] {
  if (points.length === 0) return [];
  const step = bucketSeconds * 1000;
  const times = points.map(({ at }) => Date.parse(at));
  const first = Math.min(...times);
  const buckets = Math.min(mostBuckets, Math.round((Math.max(...times) - first) / step) + 1);
  return variants.flatMap((variant) => {
    const units = new Map<number, number>();
    for (const point of points) {
      if (point.variant !== variant) continue;
      const place = Math.round((Date.parse(point.at) - first) / step);
      units.set(place, (units.get(place) ?? 0) + point.units);
    }
    let sum = 0;
    return Array.from({ length: buckets }, (_, place) => {
      const fresh = units.get(place) ?? 0;
      sum += fresh;
      return { at: new Date(first + place * step), variant, units: cumulative ? sum : fresh };
    });
  });
}

export const bucketCount = (series: readonly ExposurePoint[]): number =>
  new Set(series.map(({ at }) => at.getTime())).size;

export const exposureTotals = ({ points }: Report['exposures'], variants: readonly string[]) =>
  variants.map((variant) => ({
    variant,
    units: points.filter((point) => point.variant === variant).reduce((sum, { units }) => sum + units, 0),
  }));

/** What was planned: so many units over all variants, by a time; either may be open. */
export type UnitPlan = { start: Date | null; units: number | null; end: Date | null };

/** The name of the line of all variants together: no variant can have it, for keys have no spaces. */
export const allVariants = 'all variants';

/** All variants together, which is what a plan counts. */
export function totalSeries(series: readonly ExposurePoint[]): ExposurePoint[] {
  const totals = new Map<number, number>();
  for (const { at, units } of series) totals.set(at.getTime(), (totals.get(at.getTime()) ?? 0) + units);
  return [...totals].map(([at, units]) => ({ at: new Date(at), variant: allVariants, units }));
}

/** The even pace from the start to the plan's size at its end; null where the plan does not say both. */
export function planLine({ start, units, end }: UnitPlan): { at: Date; units: number }[] | null {
  if (!start || !end || units === null) return null;
  return [
    { at: start, units: 0 },
    { at: end, units },
  ];
}
