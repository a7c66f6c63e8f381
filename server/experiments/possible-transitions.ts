import { type Transition, transition } from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import type { ExperimentRow } from './experiment-store.ts';
import { nextPhase, runningPhase } from './phase-order.ts';

export const TRANSITIONS = transition.options;

/** As a sentence says it: "it cannot …". */
const VERB: Partial<Record<Transition, string>> = {
  'roll-back': 'roll back',
  hold: 'be held',
  release: 'be released',
  step: 'take a step',
};

/** Why each is not possible: '' where the state says it all; null where it is possible. */
const OBSTACLE: Record<Transition, (row: ExperimentRow) => string | null> = {
  start: ({ state }) => (state === 'draft' ? null : ''),
  pause: ({ state }) => (state === 'running' ? null : ''),
  resume(row) {
    if (row.state !== 'paused') return '';
    return runningPhase(row) ? null : `its last phase has ended; ${wayOn(row)}`;
  },
  advance(row) {
    if (row.state !== 'running' && row.state !== 'paused') return '';
    if (row.state === 'paused' && runningPhase(row)) return 'resume it first';
    return nextPhase(row) ? null : `it has no further phase; ${wayOn(row)}`;
  },
  'roll-back'(row) {
    if (row.state !== 'running' && row.state !== 'paused') return '';
    return runningPhase(row) ? null : 'no phase is running';
  },
  hold(row) {
    const canary = runningCanary(row);
    if (!canary) return 'only a running canary is held';
    return canary.hold ? `${canary.hold.by} holds it already` : null;
  },
  release(row) {
    const canary = runningCanary(row);
    if (!canary) return 'only a running canary is held';
    return canary.hold ? null : 'nobody holds it';
  },
  step(row) {
    const canary = runningCanary(row);
    if (!canary) return 'only a running canary has steps';
    if (row.state === 'paused') return 'resume it first';
    if (canary.hold) return `${canary.hold.by} holds it (${canary.hold.reason}); release it first`;
    const steps = canary.settings.canary?.steps.length ?? 0;
    return canary.step < steps ? null : `step ${canary.step} of ${steps} is the last; advance or conclude instead`;
  },
  conclude: ({ state }) => (state === 'running' || state === 'paused' ? null : ''),
};

function runningCanary(row: ExperimentRow) {
  if (row.state !== 'running' && row.state !== 'paused') return undefined;
  const current = runningPhase(row);
  return current?.mode === 'canary' ? current : undefined;
}

function wayOn(row: ExperimentRow): string {
  const next = nextPhase(row) ? 'advance to the next phase' : `add one with POST /api/experiments/${row.key}/phases`;
  return `${next} or conclude`;
}

/** Why it is refused now; null where it is possible. */
export function obstacleTo(row: ExperimentRow, move: Transition): string | null {
  const obstacle = OBSTACLE[move](row);
  return obstacle === '' ? `the experiment is ${row.state}` : obstacle;
}

export function possibleTransitions(row: ExperimentRow): Transition[] {
  return TRANSITIONS.filter((each) => OBSTACLE[each](row) === null);
}

/** Refuses a transition that makes no sense, and says which ones do. */
export function refuseSenseless(row: ExperimentRow, move: Transition): void {
  const obstacle = OBSTACLE[move](row);
  if (obstacle === null) return;
  const possible = possibleTransitions(row);
  throw new AssayError(
    'not_possible_now',
    `Experiment "${row.key}" is ${row.state}: it cannot ${VERB[move] ?? move}${obstacle === '' ? '' : `: ${obstacle}`}. ` +
      (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Nothing can change it any more.'),
  );
}
