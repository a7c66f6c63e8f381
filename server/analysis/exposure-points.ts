import type { Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { pointSeconds } from '../rollup/point-seconds.ts';
import type { ReportRows } from './report-store.ts';

/** Most points an exposure chart gets a variant; finer cohorts are added up. */
const CHART_POINTS = 120;

/** New units over time, in buckets wide enough for a chart. */
export function exposuresOf(current: PhaseRow, rows: ReportRows): Report['exposures'] {
  const bucketSeconds = exposureSeconds(current, rows, CHART_POINTS);
  const keyOf = new Map(current.split.map((each) => [each.variantId, each.variant]));
  const sums = new Map<string, { at: number; variant: string; units: number }>();
  for (const { at, variantId, units } of rows.cohorts) {
    const variant = keyOf.get(variantId);
    if (variant === undefined) continue;
    const start = Math.floor(at.getTime() / 1000 / bucketSeconds) * bucketSeconds * 1000;
    const key = `${start}:${variant}`;
    const sum = sums.get(key) ?? { at: start, variant, units: 0 };
    sum.units += units;
    sums.set(key, sum);
  }
  const points = [...sums.values()].sort((a, b) => a.at - b.at || (a.variant < b.variant ? -1 : 1));
  return { bucketSeconds, points: points.map((each) => ({ ...each, at: new Date(each.at).toISOString() })) };
}

/** Length of the steps in which the cohorts make at most `points`: at `KEPT_POINTS`, what merged ones were added up to. */
export function exposureSeconds({ cohortSeconds }: PhaseRow, { cohorts }: ReportRows, points: number): number {
  const times = cohorts.map((each) => each.at.getTime());
  const spanSeconds = times.length > 0 ? (Math.max(...times) - Math.min(...times)) / 1000 : 0;
  return pointSeconds(cohortSeconds, spanSeconds, points);
}
