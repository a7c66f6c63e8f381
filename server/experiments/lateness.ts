import type { ExperimentRow, PhaseRow } from './experiment-store.ts';

const DAY_SECONDS = 86_400;
/** A missing call record is noticed a minute after the call's time limit, by a job that runs every quarter of one. */
const NOTICED_WITHIN_SECONDS = 120;

/**
 * How long after its window an outcome may still arrive: the plan's allowance, else min(24 h, the window). Metrics of
 * call records wait at least until a record that never came has been noticed, so that a crash cannot be too late to count.
 */
export function latenessOf(
  metric: { outcome: string; denominatorOutcome: string | null; windowSeconds: number },
  phase: Pick<PhaseRow, 'plan'>,
  experiment: Pick<ExperimentRow, 'timeoutMs'>,
): number {
  const planned = phase.plan.latenessSeconds ?? Math.min(DAY_SECONDS, metric.windowSeconds);
  const { outcome, denominatorOutcome } = metric;
  if (!outcome.startsWith('assay.') && !denominatorOutcome?.startsWith('assay.')) return planned;
  return Math.max(planned, Math.ceil(experiment.timeoutMs / 1000) + NOTICED_WITHIN_SECONDS);
}
