import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type SlotRow, setChampion } from '../slots/slot-store.ts';
import { audiencesOf } from '../targeting/audiences-of.ts';
import {
  type ExperimentRow,
  listExperiments,
  lockSlot,
  runningExperimentOf,
  updateExperiment,
  updatePhase,
} from './experiment-store.ts';
import { closeGap, endPhase, openGap, startPhase } from './phase-moves.ts';
import { nextPhase, runningPhase } from './phase-order.ts';

/** What moves an experiment as a whole; `possible-transitions.ts` says when. Call each in `changeRuleset`. */

export async function start(db: Executor, experiment: ExperimentRow, now: Date): Promise<void> {
  const champion = await lockSlot(db, experiment.slotId);
  await refuseOverlap(db, experiment);
  const first = nextPhase(experiment);
  if (!first) throw new AssayError('not_possible_now', `"${experiment.key}" has no phase to start.`);
  await startPhase(db, experiment, first, champion, now);
  // Copied, so that later edits of an audience move no unit in or out, and who took part stays on record.
  const audiences = await audiencesOf(db, experiment.environmentId, experiment.targeting);
  await updateExperiment(db, experiment.id, { state: 'running', startedAt: first.startedAt ?? now, audiences });
}

/** Everyone gets the champion until `resume`; the gap is written into the phase. */
export async function pause(db: Executor, experiment: ExperimentRow, now: Date): Promise<void> {
  const current = runningPhase(experiment);
  if (current) await updatePhase(db, current.id, { pauses: openGap(current.pauses, now) });
  await updateExperiment(db, experiment.id, { state: 'paused' });
}

export async function resume(db: Executor, experiment: ExperimentRow, now: Date): Promise<void> {
  const current = runningPhase(experiment);
  if (current) await updatePhase(db, current.id, { pauses: closeGap(current.pauses, now) });
  await updateExperiment(db, experiment.id, { state: 'running' });
}

/** Ends the running phase, if there is one, and starts the next planned one; an experiment rolled back runs again. */
export async function advance(db: Executor, experiment: ExperimentRow, reason: string, now: Date): Promise<void> {
  const champion = await lockSlot(db, experiment.slotId);
  const current = runningPhase(experiment);
  const next = nextPhase(experiment);
  if (!next) throw new AssayError('not_possible_now', `"${experiment.key}" has no further phase.`);
  if (current) await endPhase(db, current, { as: 'advanced', reason }, now);
  await startPhase(db, experiment, next, champion, now);
  await updateExperiment(db, experiment.id, { state: 'running' });
}

export async function conclude(
  db: Executor,
  experiment: ExperimentRow,
  slot: SlotRow,
  { promote, reason }: { promote?: string | undefined; reason: string },
  now: Date,
): Promise<void> {
  await lockSlot(db, experiment.slotId);
  const current = runningPhase(experiment);
  if (current) await endPhase(db, current, { as: 'concluded', reason }, now);
  await updateExperiment(db, experiment.id, { state: 'concluded', concludedAt: now });
  if (promote) await promoteTo(db, slot, promote);
}

/** Makes a variant champion; refused while an experiment compares with the present one. */
export async function promoteTo(db: Executor, slot: SlotRow, champion: string): Promise<void> {
  const running = await runningExperimentOf(db, slot.id);
  if (running) {
    throw new AssayError(
      'not_possible_now',
      `Experiment "${running}" compares with the champion of "${slot.key}": conclude it first, there you can promote.`,
    );
  }
  await setChampion(db, slot.id, champion);
}

/** Experiments of one layer never share a unit: their ranges must not overlap while both run. */
async function refuseOverlap(db: Executor, experiment: ExperimentRow): Promise<void> {
  const others = await listExperiments(db, experiment.environmentId);
  const clash = others.find(
    (other) =>
      other.id !== experiment.id &&
      other.slotId === experiment.slotId &&
      (other.state === 'running' || other.state === 'paused') &&
      other.rangeFrom < experiment.rangeTo &&
      experiment.rangeFrom < other.rangeTo,
  );
  if (!clash) return;
  throw new AssayError(
    'not_possible_now',
    `Experiment "${clash.key}" already uses ${clash.rangeFrom}-${clash.rangeTo} of slot "${experiment.slotKey}", which ` +
      `overlaps ${experiment.rangeFrom}-${experiment.rangeTo}: conclude it first, or give this one another range.`,
  );
}
