import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type SlotRow, setChampion } from '../slots/slot-store.ts';
import {
  type ExperimentRow,
  listExperiments,
  lockSlot,
  type PhaseRow,
  runningExperimentOf,
  updateExperiment,
  updatePhase,
} from './experiment-store.ts';
import { phaseInputs } from './phase-inputs.ts';
import { insertPhaseInputs } from './phase-inputs-store.ts';
import { endStep, enterStep } from './step-store.ts';

/** Below this, window plus lateness, cohorts are minutes; else hours. */
const SHORT_SECONDS = 2 * 3600;

export type Transition = 'start' | 'pause' | 'resume' | 'advance' | 'conclude';

const FROM: Record<Transition, ExperimentRow['state'][]> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  advance: ['running'],
  conclude: ['running', 'paused'],
};

/** Refuses a transition that makes no sense, and says which ones do. */
export function refuseSenseless(experiment: ExperimentRow, transition: Transition): void {
  if (FROM[transition].includes(experiment.state)) return;
  const possible = (Object.keys(FROM) as Transition[]).filter((each) => FROM[each].includes(experiment.state));
  throw new AssayError(
    'not_possible_now',
    `Experiment "${experiment.key}" is ${experiment.state}: it cannot ${transition}. ` +
      (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Nothing can change it any more.'),
  );
}

export async function start(db: Executor, experiment: ExperimentRow, now: Date): Promise<void> {
  const champion = await lockSlot(db, experiment.slotId);
  await refuseOverlap(db, experiment);
  await startPhase(db, experiment, 0, champion, now);
  await updateExperiment(db, experiment.id, { state: 'running', startedAt: experiment.phases[0]?.startedAt ?? now });
}

export async function advance(db: Executor, experiment: ExperimentRow, now: Date): Promise<void> {
  const champion = await lockSlot(db, experiment.slotId);
  const current = runningPhase(experiment);
  const next = experiment.phases.find((each) => each.position > (current?.position ?? -1) && each.state === 'planned');
  if (!next) {
    throw new AssayError('not_possible_now', `"${experiment.key}" has no further phase: conclude it instead.`);
  }
  if (current) await endPhase(db, current, now);
  await startPhase(db, experiment, next.position, champion, now);
}

export async function conclude(
  db: Executor,
  experiment: ExperimentRow,
  slot: SlotRow,
  promote: string | undefined,
  now: Date,
): Promise<void> {
  await lockSlot(db, experiment.slotId);
  const current = runningPhase(experiment);
  if (current) await endPhase(db, current, now);
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

export function runningPhase(experiment: ExperimentRow): PhaseRow | undefined {
  return experiment.phases.find((each) => each.state === 'running');
}

/** An external phase has its one final look computed afterwards, from all that has come until now. */
async function endPhase(db: Executor, phase: PhaseRow, now: Date): Promise<void> {
  const rebuildWanted = phase.assignment === 'external';
  await endStep(db, phase.id, now);
  await updatePhase(db, phase.id, { state: 'ended', endedAt: phase.endedAt ?? now, closedAt: now, rebuildWanted });
}

async function startPhase(
  db: Executor,
  experiment: ExperimentRow,
  position: number,
  champion: string,
  now: Date,
): Promise<void> {
  const phase = experiment.phases.find((each) => each.position === position);
  if (!phase) throw new AssayError('not_possible_now', `"${experiment.key}" has no phase to start.`);
  const control = phase.split.find((each) => each.control)?.variant;
  if (control !== champion) {
    throw new AssayError(
      'not_possible_now',
      `The champion of "${experiment.slotKey}" is now "${champion}", but this experiment was drafted against "${control ?? ''}": draft it again.`,
    );
  }
  const inputs = phaseInputs(experiment, phase);
  await insertPhaseInputs(db, phase.id, inputs);
  const shortest = Math.min(...inputs.measures.map((each) => each.windowSeconds + each.latenessSeconds));
  const startedAt = phase.startedAt ?? now;
  const weights = Object.fromEntries(phase.split.map((each) => [each.variantId, each.weight]));
  await enterStep(db, phase.id, { step: 1, weights }, startedAt);
  await updatePhase(db, phase.id, {
    state: 'running',
    startedAt,
    callsCheckedTo: startedAt,
    cohortSeconds: shortest < SHORT_SECONDS ? 60 : 3600,
  });
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
