import type { Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import type { ReportRows } from './report-store.ts';

/** Most points an exposure chart gets a variant; finer cohorts are added up. */
const CHART_POINTS = 120;

/** New units over time, in buckets wide enough for a chart. */
export function exposuresOf(current: PhaseRow, rows: ReportRows): Report['exposures'] {
  const times = rows.cohorts.map((each) => each.at.getTime());
  const first = Math.min(...times);
  const spanSeconds = times.length > 0 ? (Math.max(...times) - first) / 1000 : 0;
  const bucketSeconds =
    current.cohortSeconds * Math.max(1, Math.ceil(spanSeconds / current.cohortSeconds / CHART_POINTS));
  const sums = new Map<string, { at: number; variant: string; units: number }>();
  for (const { at, variantId, units } of rows.cohorts) {
    const variant = current.split.find((each) => each.variantId === variantId)?.variant;
    if (variant === undefined) continue;
    const start = Math.floor(at.getTime() / 1000 / bucketSeconds) * bucketSeconds * 1000;
    const key = `${start}:${variant}`;
    const sum = sums.get(key) ?? { at: start, variant, units: 0 };
    sum.units += units;
    sums.set(key, sum);
  }
  const points = [...sums.values()].sort((a, b) => a.at - b.at);
  return { bucketSeconds, points: points.map((each) => ({ ...each, at: new Date(each.at).toISOString() })) };
}
