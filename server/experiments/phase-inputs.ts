import type { ExperimentRow, PhaseRow } from './experiment-store.ts';
import { latenessOf } from './lateness.ts';

type ExperimentMetric = ExperimentRow['metrics'][number];

/** What a phase is computed from, fixed when it starts. */
export interface PhaseInputs {
  measures: { measureId: number; windowSeconds: number; latenessSeconds: number }[];
  /** Measures whose product is summed too, the smaller id first. */
  pairs: { measureA: number; measureB: number }[];
  /** In the order of `unit_state.covariate`. */
  covariates: { measureId: number | null; attribute: string | null; days: number | null }[];
  /** Attributes that the report is broken down by. */
  segments: string[];
}

export function phaseInputs(experiment: ExperimentRow, phase: PhaseRow): PhaseInputs {
  const plan = phase.plan.covariates;
  const days = plan?.days ?? 0;
  return {
    measures: measuresOf(experiment, phase),
    pairs: pairsOf(experiment.metrics),
    covariates: [
      ...(days > 0 ? covariateMeasures(experiment.metrics) : []).map((measureId) => ({
        measureId,
        attribute: null,
        days,
      })),
      ...[...new Set(plan?.attributes)].map((attribute) => ({ measureId: null, attribute, days: null })),
    ],
    segments: [...new Set(experiment.segments)],
  };
}

/** Metrics that share a measure wait for the longest allowance among them. */
function measuresOf(experiment: ExperimentRow, phase: PhaseRow): PhaseInputs['measures'] {
  const measures = new Map<number, PhaseInputs['measures'][number]>();
  for (const metric of experiment.metrics) {
    const latenessSeconds = latenessOf(metric, phase, experiment);
    for (const measureId of measureIds(metric)) {
      const known = measures.get(measureId)?.latenessSeconds ?? 0;
      const longest = Math.max(known, latenessSeconds);
      measures.set(measureId, { measureId, windowSeconds: metric.windowSeconds, latenessSeconds: longest });
    }
  }
  return [...measures.values()];
}

/** Each ratio's two measures, and each proxy's with its business metric's. */
function pairsOf(metrics: ExperimentMetric[]): PhaseInputs['pairs'] {
  const pairs = new Map<string, PhaseInputs['pairs'][number]>();
  const add = (one: number, other: number | null | undefined) => {
    if (other === null || other === undefined || other === one) return;
    const pair = { measureA: Math.min(one, other), measureB: Math.max(one, other) };
    pairs.set(`${pair.measureA}:${pair.measureB}`, pair);
  };
  for (const metric of metrics) {
    add(metric.measureId, metric.denominatorId);
    add(metric.measureId, metrics.find((each) => each.id === metric.proxyForId)?.measureId);
  }
  return [...pairs.values()];
}

/**
 * Measures that are known before the exposure too, in ascending order: what call records say belongs to one phase, and
 * quantiles and ranks are not adjusted.
 */
export function covariateMeasures(metrics: ExperimentMetric[]): number[] {
  const adjusted = metrics.filter(({ kind }) => kind === 'proportion' || kind === 'mean' || kind === 'ratio');
  const ids = adjusted.flatMap((metric) => [
    ...(isCallRecord(metric.outcome) ? [] : [metric.measureId]),
    ...(metric.denominatorId === null || isCallRecord(metric.denominatorOutcome) ? [] : [metric.denominatorId]),
  ]);
  return [...new Set(ids)].sort((a, b) => a - b);
}

const isCallRecord = (outcome: string | null) => outcome?.startsWith('assay.') ?? false;

const measureIds = ({ measureId, denominatorId }: ExperimentMetric): number[] =>
  denominatorId === null ? [measureId] : [measureId, denominatorId];
