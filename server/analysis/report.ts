import type { MetricReport, Report } from '../contract/report-contract.ts';
import { experimentToContract, phaseToContract } from '../experiments/experiment-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { latenessOf } from '../experiments/lateness.ts';
import { type Arm, armsOf, controlFirst, matureUnits, type ReportMetric } from './arms.ts';
import { compareArms } from './compare-arms.ts';
import { healthChecks } from './health-checks.ts';
import { type LookResult, lookArm } from './look.ts';
import type { ReportRows } from './report-store.ts';
import { verdictOf } from './verdict.ts';

/** Most points an exposure chart gets a variant; finer cohorts are added up. */
const CHART_POINTS = 120;

/** The report of one phase, from its roll-ups: pure, so that a test or a simulation can feed it anything. */
export function buildReport(row: ExperimentRow, current: PhaseRow | null, rows: ReportRows | null, now: Date): Report {
  const base = { experiment: experimentToContract(row), computedAt: now.toISOString() };
  if (!current || !rows) {
    const empty = { phase: null, progress: null, health: [], metrics: [], segments: [] };
    const verdict = verdictOf({ state: row.state, ...empty, units: 0 });
    return { ...base, ...empty, verdict, variants: [], exposures: { bucketSeconds: 3600, points: [] } };
  }
  const phase = phaseToContract(current);
  const metrics = row.metrics.map((metric) => metricReport(row, metric, current, rows));
  const variants = variantReports(current, rows);
  const health = healthChecks(current, rows, variants, now);
  const progress = progressOf(row, current, rows, now);
  return {
    ...base,
    phase,
    progress,
    health,
    variants,
    metrics,
    segments: [],
    verdict: verdictOf({ state: row.state, phase, progress, health, metrics, units: unitsOf(variants) }),
    exposures: exposuresOf(current, rows),
  };
}

function metricReport(row: ExperimentRow, metric: ReportMetric, current: PhaseRow, rows: ReportRows): MetricReport {
  const arms = armsOf(metric, current, rows);
  const looks = rows.looks.filter((each) => each.metricId === metric.id).map((each) => each.result as LookResult);
  const control = arms.find((each) => each.control);
  const challengers = arms.filter((each) => !each.control);
  return {
    key: metric.key,
    name: metric.name,
    kind: metric.kind,
    role: metric.role,
    direction: metric.direction,
    outcome: metric.outcome,
    aggregate: metric.aggregate,
    denominator: metric.denominatorOutcome,
    quantile: metric.quantile,
    windowSeconds: metric.windowSeconds,
    latenessSeconds: latenessOf(metric, current, row),
    family: null,
    computedAt: null,
    looks: [],
    surrogate: null,
    variants: arms.map((arm) => armReport(metric, arm, looks)),
    comparisons: control
      ? challengers.map(
          (arm) =>
            looks.find((each) => each.variantId === arm.variantId)?.comparison ??
            compareArms(metric.kind, control, arm, current.plan.level, 'reading').comparison,
        )
      : [],
  };
}

/** Beside a conclusion stands the value it was drawn from, not what came after. */
function armReport(metric: ReportMetric, arm: Arm, looks: LookResult[]): MetricReport['variants'][number] {
  const look = looks.find((each) => arm.control || each.variantId === arm.variantId);
  const shown = (arm.control ? look?.control : look?.arm) ?? lookArm(metric.kind, arm);
  return {
    variant: arm.variant,
    matureUnits: shown.units,
    openUnits: arm.open?.units ?? 0,
    value: shown.value,
    standardError: shown.standardError,
    interval: null,
    soFar: arm.open?.mean ?? null,
    probabilityBest: null,
  };
}

function variantReports(current: PhaseRow, rows: ReportRows): Report['variants'] {
  return controlFirst(current).map(({ variant, variantId, control, weight }) => {
    const count = rows.counts.find((each) => each.variantId === variantId);
    return {
      variant,
      control,
      weight,
      units: count?.units ?? 0,
      mixedUnits: count?.mixed ?? 0,
      calls: callsOf(rows.calls.filter((each) => each.variantId === variantId)),
    };
  });
}

function callsOf(calls: ReportRows['calls']): Report['variants'][number]['calls'] {
  const of = (status: string) => calls.find((each) => each.status === status)?.n ?? 0;
  const made = calls.reduce((sum, each) => sum + each.n, 0);
  if (made === 0) return null;
  const timed = made - of('missing');
  const ms = calls.reduce((sum, each) => sum + each.ms, 0);
  return {
    made,
    errors: of('error'),
    timeouts: of('timeout'),
    cancelled: of('cancelled'),
    missing: of('missing'),
    meanMs: timed > 0 ? ms / timed : null,
  };
}

function unitsOf(variants: Report['variants']): number {
  return variants.reduce((sum, each) => sum + each.units - each.mixedUnits, 0);
}

function progressOf(row: ExperimentRow, current: PhaseRow, rows: ReportRows, now: Date): Report['progress'] {
  const { units, durationSeconds } = current.plan;
  const mature = Math.min(...row.metrics.map((metric) => matureUnits(armsOf(metric, current, rows))));
  const plannedEnd =
    durationSeconds === null || !current.startedAt
      ? null
      : new Date(current.startedAt.getTime() + durationSeconds * 1000);
  const shares = [
    ...(units === null ? [] : [mature / units]),
    ...(plannedEnd && current.startedAt && durationSeconds
      ? [(now.getTime() - current.startedAt.getTime()) / 1000 / durationSeconds]
      : []),
  ];
  const lookAt = rows.looks[0]?.at ?? null;
  return {
    matureUnits: mature,
    plannedUnits: units,
    plannedEndAt: plannedEnd?.toISOString() ?? null,
    share: lookAt ? 1 : shares.length > 0 ? Math.min(1, Math.max(0, ...shares)) : null,
    lookAt: lookAt?.toISOString() ?? null,
    looks: {
      taken: lookAt ? 1 : 0,
      planned: current.plan.looks,
      final: lookAt !== null,
      nextUnits: units,
      nextAt: null,
    },
    forecast: null,
  };
}

/** New units over time, in buckets wide enough for a chart. */
function exposuresOf(current: PhaseRow, rows: ReportRows): Report['exposures'] {
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
