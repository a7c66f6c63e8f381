import type { Arm, ReportMetric } from '../../server/analysis/arms.ts';
import type { CompareInput } from '../../server/analysis/compare/compare-input.ts';
import type { MeasureSums, ReportRows } from '../../server/analysis/report-store.ts';
import type { UnitEffect } from '../../server/analysis/unit-result.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { coMomentsOf, momentsOf } from '../../stats/index.ts';

export const NO_ROWS: ReportRows = {
  asOf: new Date(0),
  measures: [],
  pairs: [],
  segments: [],
  segmentValues: [],
  segmentCounts: [],
  unitResults: [],
  counts: [],
  cohorts: [],
  calls: [],
  late: [],
  afterRetention: 0,
  pending: { batches: 0, oldestAt: null, dirtyUnits: 0 },
  looks: [],
  mode: null,
};

export const PHASE = { plan: { level: 0.95, covariates: null, cluster: null }, assignment: 'hash' } as PhaseRow;

export function metricOf(kind: ReportMetric['kind'], more: Partial<ReportMetric> = {}): ReportMetric {
  return {
    id: 1,
    key: 'metric',
    name: 'Metric',
    description: '',
    kind,
    direction: 'increase',
    measureId: 1,
    outcome: 'purchase',
    filter: {},
    startSeconds: 0,
    windowSeconds: 60,
    aggregate: kind === 'proportion' ? 'any' : 'sum',
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
    denominatorId: kind === 'ratio' ? 2 : null,
    denominatorOutcome: kind === 'ratio' ? 'visit' : null,
    denominatorFilter: null,
    denominatorAggregate: kind === 'ratio' ? 'count' : null,
    quantile: null,
    capQuantile: null,
    proxyForId: null,
    proxyForKey: null,
    independentOfAnswer: false,
    createdAt: new Date(0),
    role: 'primary',
    margin: null,
    ...more,
  };
}

function armWith(variant: string, mature: MeasureSums | null, denominator: Arm['denominator'] = null): Arm {
  return { variant, variantId: variantId(variant), control: variant === 'old', mature, open: null, denominator };
}

function variantId(variant: string): number {
  return variant === 'old' ? 1 : 2;
}

export function emptyArm(variant: string): Arm {
  return armWith(variant, null);
}

export function rates(variant: string, x: number, n: number): Arm {
  const mean = x / n;
  const spread = n * mean * (1 - mean);
  return armWith(variant, {
    measureId: 1,
    variantId: variantId(variant),
    mature: true,
    units: n,
    sum: x,
    mean,
    m2: spread,
    m3: spread * (1 - 2 * mean),
    capped: 0,
  });
}

export function means(variant: string, n: number, mean: number, sd: number): Arm {
  const m2 = sd * sd * (n - 1);
  return armWith(variant, {
    measureId: 1,
    variantId: variantId(variant),
    mature: true,
    units: n,
    sum: n * mean,
    mean,
    m2,
    m3: 0,
    capped: 0,
  });
}

function sumsOf(values: readonly number[], measureId: number, variant: string): MeasureSums {
  const { n, mean, m2, m3 } = momentsOf(values);
  const moments = { sum: n * mean, mean, m2, m3: m3 ?? 0 };
  return { measureId, variantId: variantId(variant), mature: true, units: n, ...moments, capped: 0 };
}

export function units(variant: string, values: readonly number[]): Arm {
  return armWith(variant, sumsOf(values, 1, variant));
}

/** Units with a numerator and a denominator each. */
export function ratios(variant: string, pairs: readonly (readonly [number, number])[]): Arm {
  const [above, below] = [pairs.map((each) => each[0]), pairs.map((each) => each[1])];
  const m11 = coMomentsOf([above, below]).products[0]?.[1] ?? 0;
  return armWith(variant, sumsOf(above, 1, variant), {
    mature: sumsOf(below, 2, variant),
    open: null,
    product: { measureA: 1, measureB: 2, variantId: variantId(variant), units: pairs.length, m11 },
  });
}

type Effect = Extract<UnitEffect, { status: 'ok' }>;

/** Rows with an effect from unit totals of the challenger on the metric. */
export function rowsWithEffect(effect: Partial<Effect> & Pick<Effect, 'estimate' | 'standardError'>): ReportRows {
  const stored: Effect = {
    variantId: 2,
    status: 'ok',
    method: 'Lin, HC2',
    degreesOfFreedom: null,
    pair: null,
    adjustment: null,
    capped: null,
    others: [],
    warnings: [],
    ...effect,
  };
  const arms = [1, 2].map((id) => ({ variantId: id, units: 100, value: id, standardError: 0.1, interval: null }));
  const result = { asOf: new Date(0).toISOString(), arms, effects: [stored] };
  return { ...NO_ROWS, unitResults: [{ metricId: 1, computedAt: new Date(0), result }] };
}

/** Every additive metric of it is adjusted, and so comes from unit totals. */
export const ADJUSTED = {
  ...PHASE,
  plan: { ...PHASE.plan, covariates: { days: 0, attributes: ['score'] } },
} as PhaseRow;

/** An input at a look at 0.95; the arm of the second place is the challenger. */
export function inputOf(
  metric: ReportMetric,
  control: Arm,
  arm: Arm,
  more: Partial<Pick<CompareInput, 'level' | 'occasion' | 'rows' | 'phase'>> = {},
): CompareInput {
  return { metric, control, arm, rows: NO_ROWS, phase: PHASE, level: 0.95, occasion: 'look', ...more };
}
