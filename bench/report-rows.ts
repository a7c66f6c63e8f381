import type { ReportMetric } from '../server/analysis/arms.ts';
import type { ReportRows } from '../server/analysis/report-store.ts';
import type { UnitEffect } from '../server/analysis/unit-result.ts';
import type { ExperimentRow, PhaseRow } from '../server/experiments/experiment-store.ts';

/** A large experiment as a report reads it: CUPED on every metric, planned looks, primary and secondary families. */

export const START = new Date('2026-03-02T00:00:00Z');
const UNITS = 20_000;
const ROLES = ['primary', 'secondary', 'guardrail'] as const;

export function largeExperiment(metrics: number, variants: number): { row: ExperimentRow; phase: PhaseRow } {
  const phase: PhaseRow = {
    ...{ id: 1, environmentId: 1, experimentId: 1, position: 0, mode: 'ab', assignment: 'hash', state: 'running' },
    ...{ salt: 'salt', continues: false, sticky: false, step: 1, cohortSeconds: 3600, startedAt: START, endedAt: null },
    ...{ gate: 'manual', settings: {}, endedAs: null, endReason: null, pauses: [], hold: null },
    ...{ closedAt: null, frozenAt: null, callsCheckedTo: null, rebuildWanted: false, rebuiltAt: null },
    plan: {
      ...{ level: 0.95, design: 'group_sequential', looks: 10, units: UNITS * variants, durationSeconds: null },
      ...{ latenessSeconds: 0, minimumEffect: 0.02, correction: 'holm', cluster: null },
      covariates: { days: 14, attributes: [] },
    },
    split: Array.from({ length: variants }, (_, i) => ({
      variantId: i + 1,
      variant: i === variants - 1 ? 'control' : `challenger-${i + 1}`,
      weight: 1 / variants,
      control: i === variants - 1,
    })),
  };
  const row: ExperimentRow = {
    ...{ id: 1, environmentId: 1, slotId: 1, slotKey: 'slot', timeoutMs: 1000, key: 'large', name: 'Large' },
    ...{ hypothesis: '', state: 'running', targeting: [], audiences: {}, segments: [], rangeFrom: 0, rangeTo: 1 },
    ...{ createdAt: START, startedAt: START, concludedAt: null },
    metrics: Array.from({ length: metrics }, (_, i) => metricOf(i + 1)),
    phases: [phase],
  };
  return { row, phase };
}

function metricOf(id: number): ReportMetric {
  return {
    ...{ id, key: `metric-${id}`, name: `Metric ${id}`, description: '', direction: 'increase', measureId: id },
    kind: id % 2 === 0 ? 'proportion' : 'mean',
    ...{ outcome: 'click', filter: {}, startSeconds: 0, windowSeconds: 3600, aggregate: id % 2 === 0 ? 'any' : 'sum' },
    ...{ lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, denominatorId: null },
    ...{ denominatorOutcome: null, denominatorFilter: null, denominatorAggregate: null, quantile: null },
    ...{ capQuantile: null, proxyForId: null, proxyForKey: null, independentOfAnswer: false, createdAt: START },
    role: ROLES[id % 3] ?? 'primary',
    margin: id % 3 === 2 ? { relative: 0.05 } : null,
  } as ReportMetric;
}

/** What is read at a share of the plan. */
export function largeRows(row: ExperimentRow, phase: PhaseRow, share: number): ReportRows {
  const units = Math.round(share * UNITS);
  const sums = (measureId: number, variantId: number) => {
    const mean = 0.2 + 0.001 * ((measureId * 7 + variantId * 3) % 5);
    const m2 = units * mean * (1 - mean);
    return {
      measureId,
      variantId,
      mature: true,
      units,
      sum: Math.round(units * mean),
      mean,
      m2,
      m3: 0.6 * m2,
      capped: 0,
    };
  };
  const arms = phase.split.map((each) => each.variantId);
  const hours = Math.round(share * 24 * 21);
  return {
    asOf: new Date(START.getTime() + share * 21 * 86_400_000),
    measures: row.metrics.flatMap((metric) => arms.map((variantId) => sums(metric.measureId, variantId))),
    ...{ pairs: [], segments: [], segmentValues: [], segmentCounts: [], calls: [], late: [], looks: [], mode: null },
    afterRetention: 0,
    unitResults: row.metrics.map((metric) => ({
      metricId: metric.id,
      computedAt: START,
      result: {
        asOf: START.toISOString(),
        arms: arms.map((variantId) => ({
          ...{ variantId, units, interval: null },
          ...{ value: sums(metric.measureId, variantId).mean, standardError: Math.sqrt(0.16 / units) },
        })),
        effects: arms.slice(0, -1).map((variantId) => adjustedEffect(metric, variantId, units)),
      },
    })),
    counts: arms.map((variantId) => ({ variantId, units, mixed: 0, sticky: 0 })),
    cohorts: Array.from({ length: hours }, (_, hour) => hour).flatMap((hour) =>
      arms.map((variantId) => ({ at: new Date(START.getTime() + hour * 3_600_000), variantId, units: units / hours })),
    ),
    pending: { batches: 0, oldestAt: null, dirtyUnits: 0 },
  };
}

function adjustedEffect(metric: ReportMetric, variantId: number, units: number): UnitEffect {
  const estimate = 0.001 * ((metric.id * 5 + variantId) % 7) - 0.002;
  const variance = 0.1 / units;
  return {
    ...{ variantId, status: 'ok', method: 'Lin, HC2', estimate, standardError: Math.sqrt(2 * variance) },
    degreesOfFreedom: 2 * units - 4,
    pair: {
      ...{ meanA: 0.2, meanB: 0.2 + estimate, varianceOfMeanA: variance, varianceOfMeanB: variance },
      covariance: 0,
    },
    adjustment: {
      ...{ method: 'Lin', covariates: [metric.key], varianceReduction: 0.34, missingShare: 0.1 },
      unadjusted: { estimate, standardError: Math.sqrt(0.32 / units) },
    },
    ...{ capped: null, others: [], warnings: [] },
  };
}
