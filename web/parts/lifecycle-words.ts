import type { LifecycleAction } from '../api/queries.ts';

export type MoveWords = { title: string; body: string; confirm: string; done: string };

/** What each move does, said before it is done. */
export function lifecycleWords(action: LifecycleAction, slot: string): MoveWords {
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
    default:
      return rampWords(action, slot);
  }
}

function rampWords(action: 'roll-back' | 'hold' | 'release' | 'step' | 'stop-slot', slot: string): MoveWords {
  switch (action) {
    case 'roll-back':
      return {
        title: 'Roll back this phase?',
        body: `The champion of “${slot}” answers for everyone within a second. The phase ends and cannot be reopened; the experiment is paused.`,
        confirm: 'Roll back',
        done: 'The phase is rolled back; everyone gets the champion.',
      };
    case 'hold':
      return {
        title: 'Hold this ramp?',
        body: 'It stays at its share: nobody and nothing takes a step until it is released. A failing guardrail still rolls it back.',
        confirm: 'Hold',
        done: 'The ramp holds.',
      };
    case 'release':
      return {
        title: 'Release this ramp?',
        body: 'It goes on by itself as soon as its step is complete.',
        confirm: 'Release',
        done: 'The ramp goes on by itself.',
      };
    case 'step':
      return {
        title: 'Take the next step now?',
        body: 'The share of the candidate grows at once, whether or not the time and the samples of this step are reached. It is refused when a guardrail has failed.',
        confirm: 'Take next step',
        done: 'The next step is taken.',
      };
    case 'stop-slot':
      return {
        title: `Stop everything on “${slot}”?`,
        body: `The kill switch pauses every running experiment of the slot “${slot}”, this one and others: its champion answers for everyone within a second. Each can be resumed.`,
        confirm: 'Stop everything',
        done: 'Every experiment of the slot is paused.',
      };
  }
}
