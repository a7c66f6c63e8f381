import type { HealthItem, MetricReport, Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { pending } from './health/pending-check.ts';
import { planCheck } from './health/plan-check.ts';
import { sampleRatio } from './health/sample-ratio-check.ts';
import { segmentRatio } from './health/segment-ratio-check.ts';
import { skewnessCheck } from './health/skewness-check.ts';
import { calls, lateOutcomes, mixedUnits } from './health/unit-checks.ts';
import type { ReportRows } from './report-store.ts';

/** Whether the data deserve trust: this outranks every test. */
export function healthChecks(
  phase: PhaseRow,
  rows: ReportRows,
  variants: Report['variants'],
  metrics: MetricReport[],
  now: Date,
): HealthItem[] {
  const items = [
    sampleRatio(phase, rows, variants),
    segmentRatio(phase, rows),
    mixedUnits(phase, variants),
    calls(variants),
    lateOutcomes(phase, rows, variants),
    skewnessCheck(metrics),
    planCheck(phase, rows),
    pending(rows, phase, now),
  ];
  return items.filter((each) => each !== null);
}
