import type { MetricReport } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { latenessOf } from '../experiments/lateness.ts';
import { declaredKind } from '../metrics/declared-kind.ts';
import { type Arm, armsOf, type ReportMetric } from './arms.ts';
import { armValue } from './compare/arm-value.ts';
import { compareArms } from './compare-arms.ts';
import { familySentence } from './family-sentence.ts';
import type { StoredLook } from './look-result.ts';
import type { PastEffects } from './past-effects.ts';
import type { ReportRows } from './report-store.ts';
import { surrogateOf } from './surrogate-of.ts';

export interface MetricReportInput {
  row: ExperimentRow;
  current: PhaseRow;
  rows: ReportRows;
  /** Of the phase, oldest first. */
  looks: StoredLook[];
  past: PastEffects | null;
}

/** One metric: by its last look where it has one, else live. */
export function metricReport(
  { row, current, rows, looks, past }: MetricReportInput,
  metric: ReportMetric,
): MetricReport {
  const arms = armsOf(metric, current, rows);
  const own = looks.filter((each) => each.result.metricId === metric.id);
  const last = own.filter((each) => each.number === own.at(-1)?.number);
  const unitResult = rows.unitResults.find((each) => each.metricId === metric.id);
  return {
    key: metric.key,
    name: metric.name,
    kind: declaredKind(metric),
    role: metric.role,
    direction: metric.direction,
    outcome: metric.outcome,
    aggregate: metric.aggregate,
    denominator: metric.denominatorOutcome,
    denominatorAggregate: metric.denominatorAggregate,
    quantile: metric.quantile,
    fromSeconds: metric.startSeconds,
    windowSeconds: metric.windowSeconds,
    latenessSeconds: latenessOf(metric, current, row),
    family: familySentence(row, metric, current),
    computedAt: last.length === 0 && unitResult ? unitResult.computedAt.toISOString() : null,
    variants: arms.map((arm) => armReport(metric, arm, rows, last)),
    comparisons: comparisonsOf(metric, arms, current, rows, last),
    looks: own.map(lookPoint),
    surrogate: past && metric.role === 'primary' ? surrogateOf(past, metric) : null,
  };
}

function comparisonsOf(
  metric: ReportMetric,
  arms: Arm[],
  current: PhaseRow,
  rows: ReportRows,
  last: StoredLook[],
): MetricReport['comparisons'] {
  const control = arms.find((each) => each.control);
  if (!control) return [];
  const live = (arm: Arm) =>
    compareArms({ metric, control, arm, rows, phase: current, level: current.plan.level, occasion: 'reading' });
  return arms
    .filter((each) => !each.control)
    .map(
      (arm) => last.find(({ result }) => result.variantId === arm.variantId)?.result.comparison ?? live(arm).comparison,
    );
}

/** Beside a conclusion stands the value it was drawn from, not what came after. */
function armReport(
  metric: ReportMetric,
  arm: Arm,
  rows: ReportRows,
  last: StoredLook[],
): MetricReport['variants'][number] {
  const look = last.find(({ result }) => arm.control || result.variantId === arm.variantId)?.result;
  const now = armValue(metric, arm, rows);
  const shown = (arm.control ? look?.control : look?.arm) ?? { ...now, probabilityBest: null };
  return {
    variant: arm.variant,
    matureUnits: shown.units,
    openUnits: arm.open?.units ?? 0,
    value: shown.value,
    standardError: shown.standardError,
    interval: shown.interval,
    soFar: now.soFar,
    probabilityBest: shown.probabilityBest,
  };
}

function lookPoint({ number, at, result }: StoredLook): MetricReport['looks'][number] {
  const { comparison, control, arm } = result;
  return {
    variant: comparison.variant,
    number,
    at: at.toISOString(),
    units: control.units + arm.units,
    estimate: comparison.difference?.estimate ?? null,
    interval: comparison.difference?.interval ?? null,
    pValue: comparison.pValue,
  };
}
