import type { ExperimentRow, PhaseRow } from './experiment-store.ts';

export function runningPhase(experiment: ExperimentRow): PhaseRow | undefined {
  return experiment.phases.find((each) => each.state === 'running');
}

/** The first phase that is still to come. */
export function nextPhase(experiment: ExperimentRow): PhaseRow | undefined {
  return experiment.phases.find((each) => each.state === 'planned');
}
