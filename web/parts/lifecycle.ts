import type { Experiment, Transition } from '../../server/contract/catalog.ts';
import type { LifecycleAction } from '../api/queries.ts';

/** A button of the life cycle: when it makes no sense it stays and says why. */
export type LifecycleStep = { action: LifecycleAction; label: string; reason: string | null };

type Subject = Pick<Experiment, 'state' | 'phases' | 'transitions'>;

/** Moves of the whole experiment: the step forward or back that fits its state, the ways out, and the end. */
export function lifecycleSteps(experiment: Subject): LifecycleStep[] {
  const { state, phases } = experiment;
  const phase = phases.find((one) => one.state === 'running');
  const external = phase?.assignment === 'external';
  const conclude = stepOf(experiment, 'conclude', 'Conclude');
  switch (state) {
    case 'draft':
      return [
        stepOf(experiment, 'start', 'Start'),
        { ...conclude, reason: 'Concluding is possible once it has started.' },
      ];
    case 'running':
      if (external) {
        const reason = 'Units are assigned elsewhere, so there is nothing to pause here.';
        return [{ action: 'pause', label: 'Pause', reason }, conclude];
      }
      return [
        stepOf(experiment, 'pause', 'Pause'),
        stepOf(experiment, 'roll-back', 'Roll back'),
        conclude,
        { action: 'stop-slot', label: 'Kill switch', reason: null },
      ];
    case 'paused':
      return [
        stepOf(experiment, 'resume', 'Resume'),
        ...(phase ? [stepOf(experiment, 'roll-back', 'Roll back')] : []),
        conclude,
      ];
    case 'concluded': {
      const reason = 'Concluded for good. To test again, create a new experiment.';
      return [
        { action: 'start', label: 'Start', reason },
        { ...conclude, reason },
      ];
    }
  }
}

/** The hand-over to the next phase, which stands beside the gate. */
export const advanceStep = (experiment: Subject): LifecycleStep => stepOf(experiment, 'advance', 'Next phase');

/** What a person can do with a ramp. */
export function rampSteps(experiment: Subject): LifecycleStep[] {
  const held = experiment.phases.some((one) => one.state === 'running' && one.hold !== null);
  return [
    held ? stepOf(experiment, 'release', 'Release') : stepOf(experiment, 'hold', 'Hold'),
    stepOf(experiment, 'step', 'Take next step'),
  ];
}

function stepOf({ transitions }: Subject, action: Transition, label: string): LifecycleStep {
  const obstacle = transitions.find(({ transition }) => transition === action)?.obstacle ?? null;
  return { action, label, reason: obstacle === null ? null : sentence(obstacle) };
}

/** Half a sentence of the server as a whole one. */
const sentence = (half: string): string => `${half.charAt(0).toUpperCase()}${half.slice(1)}.`;

/** Red: what takes something away from those who are served at this moment. */
export const isGrave = (action: LifecycleAction): boolean => action === 'roll-back' || action === 'stop-slot';
