import type { Experiment } from '../../server/contract/catalog.ts';
import type { LifecycleAction } from '../api/queries.ts';

/** A button of the life cycle: when it makes no sense it stays and says why. */
export type LifecycleStep = { action: LifecycleAction; label: string; reason: string | null };

/** The step forward or back that fits the state, the next phase if one is planned, and the end. */
export function lifecycleSteps({ state, phases }: Pick<Experiment, 'state' | 'phases'>): LifecycleStep[] {
  const phase = phases.find((one) => one.state === 'running');
  const conclude = (reason: string | null): LifecycleStep => ({ action: 'conclude', label: 'Conclude', reason });
  switch (state) {
    case 'draft':
      return [
        { action: 'start', label: 'Start', reason: null },
        conclude('Concluding is possible once it has started.'),
      ];
    case 'running':
      return [
        {
          action: 'pause',
          label: 'Pause',
          reason:
            phase?.assignment === 'external'
              ? 'Units are assigned elsewhere, so there is nothing to pause here.'
              : null,
        },
        ...(phases.some((one) => one.state === 'planned')
          ? [{ action: 'advance' as const, label: 'Next phase', reason: null }]
          : []),
        conclude(null),
      ];
    case 'paused':
      return [{ action: 'resume', label: 'Resume', reason: null }, conclude(null)];
    case 'concluded':
      return [
        { action: 'start', label: 'Start', reason: 'Concluded for good. To test again, create a new experiment.' },
        conclude('It is concluded.'),
      ];
  }
}

type Words = { title: string; body: string; confirm: string; done: string };

/** What each step does, said before it is done. */
export function lifecycleWords(action: LifecycleAction, slot: string): Words {
  switch (action) {
    case 'start':
      return {
        title: 'Start this experiment?',
        body: `From now on its units of the slot “${slot}” count. Split, metrics and plan are fixed once it runs.`,
        confirm: 'Start',
        done: 'The experiment runs.',
      };
    case 'pause':
      return {
        title: 'Pause this experiment?',
        body: `The champion of “${slot}” answers for everyone until it is resumed. What has been collected stays.`,
        confirm: 'Pause',
        done: 'The experiment is paused.',
      };
    case 'resume':
      return {
        title: 'Resume this experiment?',
        body: 'Units get the same variants as before the pause.',
        confirm: 'Resume',
        done: 'The experiment runs again.',
      };
    case 'advance':
      return {
        title: 'Go on to the next phase?',
        body: 'The present phase ends and cannot be reopened. The next one has its own split and its own analysis.',
        confirm: 'Next phase',
        done: 'The next phase runs.',
      };
    case 'conclude':
      return {
        title: 'Conclude this experiment?',
        body: `It ends for good and cannot be started again. From then on the champion of “${slot}” answers for everyone.`,
        confirm: 'Conclude',
        done: 'The experiment is concluded.',
      };
  }
}
