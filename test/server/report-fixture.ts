import type { ReportMetric } from '../../server/analysis/arms.ts';
import type { LookResult } from '../../server/analysis/look-result.ts';
import type { LookRow, MeasureSums, ReportRows } from '../../server/analysis/report-store.ts';
import { plan as planSchema } from '../../server/contract/plan-contract.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import type { ExperimentRow, PhaseRow } from '../../server/experiments/experiment-store.ts';

/** Rows of an experiment as a report reads them, made by hand. */

export const START = new Date('2026-03-02T00:00:00Z');
const DAY_MS = 86_400_000;

export function afterDays(days: number): Date {
  return new Date(START.getTime() + days * DAY_MS);
}

export function metricOf(changes: Partial<ReportMetric> = {}): ReportMetric {
  const measureId = changes.measureId ?? 1;
  return {
    id: measureId,
    key: `metric-${measureId}`,
    name: 'Clicked',
    description: '',
    kind: 'proportion',
    direction: 'increase',
    measureId,
    outcome: 'click',
    filter: {},
    startSeconds: 0,
    windowSeconds: 3600,
    aggregate: 'any',
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
    denominatorId: null,
    denominatorOutcome: null,
    denominatorFilter: null,
    denominatorAggregate: null,
    quantile: null,
    capQuantile: null,
    proxyForId: null,
    proxyForKey: null,
    independentOfAnswer: false,
    createdAt: START,
    role: 'primary',
    margin: null,
    ...changes,
  };
}

export function phaseOf(plan: Partial<Plan>, changes: Partial<PhaseRow> = {}, challengers = 1): PhaseRow {
  const weight = 1 / (challengers + 1);
  const split = Array.from({ length: challengers }, (_, i) => ({
    variantId: i + 2,
    variant: challengers === 1 ? 'new' : `new-${i + 1}`,
    weight,
    control: false,
  }));
  return {
    id: 1,
    environmentId: 1,
    experimentId: 1,
    position: 0,
    mode: 'ab',
    assignment: 'hash',
    state: 'running',
    salt: 'salt',
    continues: false,
    sticky: false,
    gate: 'manual',
    step: 1,
    settings: {},
    endedAs: null,
    endReason: null,
    pauses: [],
    hold: null,
    plan: { ...planSchema.parse({}), design: 'fixed', looks: 1, latenessSeconds: 0, ...plan },
    cohortSeconds: 60,
    startedAt: START,
    endedAt: null,
    closedAt: null,
    frozenAt: null,
    callsCheckedTo: null,
    rebuildWanted: false,
    rebuiltAt: null,
    ...changes,
    split: [...split, { variantId: 1, variant: 'old', weight, control: true }],
  };
}

export function experimentOf(metrics: ReportMetric[], phase: PhaseRow): ExperimentRow {
  return {
    id: 1,
    environmentId: 1,
    slotId: 1,
    slotKey: 'slot',
    timeoutMs: 60_000,
    key: 'experiment',
    name: 'Experiment',
    hypothesis: '',
    state: phase.state === 'ended' ? 'concluded' : 'running',
    targeting: [],
    audiences: {},
    segments: [],
    rangeFrom: 0,
    rangeTo: 1,
    createdAt: START,
    startedAt: START,
    concludedAt: phase.endedAt,
    metrics,
    phases: [phase],
  };
}

/** Mature units of one arm: `x` events of `n`, or a mean with its variance over units. */
export type ArmData = { measureId?: number; variantId: number; n: number } & (
  | { x: number }
  | { mean: number; variance: number }
);

export function sumsOf({ measureId = 1, variantId, n, ...data }: ArmData): MeasureSums {
  const base = { measureId, variantId, mature: true, units: n, capped: 0 };
  if ('mean' in data) {
    return { ...base, sum: n * data.mean, mean: data.mean, m2: data.variance * (n - 1), m3: 0 };
  }
  const p = data.x / n;
  const spread = n * p * (1 - p);
  return { ...base, sum: data.x, mean: p, m2: spread, m3: spread * (1 - 2 * p) };
}

export function rowsOf(arms: ArmData[], looks: LookRow[] = [], changes: Partial<ReportRows> = {}): ReportRows {
  const variants = [...new Set(arms.map((each) => each.variantId))];
  const units = (variantId: number) =>
    Math.max(...arms.filter((each) => each.variantId === variantId).map(({ n }) => n));
  return {
    asOf: afterDays(1000),
    measures: arms.filter(({ n }) => n > 0).map(sumsOf),
    pairs: [],
    segments: [],
    segmentValues: [],
    segmentCounts: [],
    unitResults: [],
    counts: variants.map((variantId) => ({ variantId, units: units(variantId), mixed: 0, sticky: 0 })),
    cohorts: [],
    calls: [],
    late: [],
    afterRetention: 0,
    pending: { batches: 0, oldestAt: null, dirtyUnits: 0 },
    looks,
    mode: null,
    ...changes,
  };
}

/** As the job writes them and the store reads them again. */
export function stored(results: LookResult[] | null, at: Date): LookRow[] {
  return (results ?? []).map((result) => ({
    metricId: result.metricId,
    comparison: result.variantId,
    k: result.comparison.look?.number ?? 1,
    at,
    result: JSON.parse(JSON.stringify(result)) as unknown,
  }));
}
