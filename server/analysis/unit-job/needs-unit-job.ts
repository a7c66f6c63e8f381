import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { covariateMeasures } from '../../experiments/phase-inputs.ts';

type Metric = ExperimentRow['metrics'][number];

/** Whether a metric of a phase is computed from the totals of single units, by the job, and not from the roll-ups' sums. */
export function needsUnitJob(metric: Metric, phase: Pick<PhaseRow, 'assignment' | 'plan'>): boolean {
  return (
    metric.kind === 'quantile' ||
    metric.kind === 'rank' ||
    metric.capQuantile !== null ||
    clusterOf(phase) !== null ||
    isAdjusted(metric, phase)
  );
}

/** The attribute by which units were randomised together; null where the unit itself was. */
export function clusterOf({ assignment, plan }: Pick<PhaseRow, 'assignment' | 'plan'>): string | null {
  return assignment === 'external' ? plan.cluster : null;
}

/** Whether the plan has a covariate for this metric. */
function isAdjusted(metric: Metric, { plan: { covariates } }: Pick<PhaseRow, 'plan'>): boolean {
  if (covariates === null) return false;
  return covariates.attributes.length > 0 || (covariates.days > 0 && covariateMeasures([metric]).length > 0);
}
