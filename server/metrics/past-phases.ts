import { armsOf, type ReportMetric } from '../analysis/arms.ts';
import { armValue, needsUnits } from '../analysis/compare/arm-value.ts';
import type { ReportRows } from '../analysis/report-store.ts';
import type { MetricHistory } from '../contract/metric-history-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';

const LEAST_SECONDS = 3600;
const DAY_SECONDS = 86_400;

type PastPhase = MetricHistory['phases'][number];

/** What a metric was like in one phase: of the control, without adjustment; null without two mature units of it. */
export function pastPhase(
  row: ExperimentRow,
  phase: PhaseRow,
  metric: ReportMetric,
  rows: ReportRows,
  now: Date,
): PastPhase | null {
  const control = armsOf(metric, phase, rows)[0];
  if (!control?.control || !phase.startedAt) return null;
  // A stored result may be adjusted for covariates, which another plan need not have.
  const raw = needsUnits(metric) ? rows : { ...rows, unitResults: [] };
  const { units, value, standardError } = armValue(metric, control, raw);
  if (value === null || standardError === null || !Number.isFinite(standardError)) return null;
  return {
    experiment: row.key,
    experimentName: row.name,
    position: phase.position,
    startedAt: phase.startedAt.toISOString(),
    endedAt: phase.endedAt?.toISOString() ?? null,
    units,
    value,
    standardDeviation: standardError * Math.sqrt(units),
    unitsPerDay: unitsPerDay(phase, phase.startedAt, rows, now),
    varianceReduction: varianceReduction(metric, rows),
  };
}

function unitsPerDay(phase: PhaseRow, startedAt: Date, rows: ReportRows, now: Date): number | null {
  const until = Math.min(phase.endedAt?.getTime() ?? Number.POSITIVE_INFINITY, rows.asOf.getTime(), now.getTime());
  const seconds = (until - startedAt.getTime()) / 1000;
  if (seconds < LEAST_SECONDS) return null;
  return (rows.counts.reduce((sum, each) => sum + each.units, 0) / seconds) * DAY_SECONDS;
}

function varianceReduction(metric: ReportMetric, rows: ReportRows): number | null {
  const effects = rows.unitResults.find((each) => each.metricId === metric.id)?.result.effects ?? [];
  const adjusted = effects.flatMap((each) => (each.status === 'ok' && each.adjustment ? [each.adjustment] : []));
  return adjusted[0]?.varianceReduction ?? null;
}
