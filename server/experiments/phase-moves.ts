import type { Executor } from '../db/database.ts';
import type { Pause, PhaseEnd } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';
import { type ExperimentRow, type PhaseRow, updatePhase } from './experiment-store.ts';
import { freezeThresholds } from './latency-threshold.ts';
import { phaseInputs } from './phase-inputs.ts';
import { insertPhaseInputs } from './phase-inputs-store.ts';
import { endStep, enterStep } from './step-store.ts';

/** Below this, window plus lateness, cohorts are minutes; else hours. */
const SHORT_SECONDS = 2 * 3600;

/** Starts a planned phase with its first step; what it is computed from is frozen here. */
export async function startPhase(
  db: Executor,
  experiment: ExperimentRow,
  phase: PhaseRow,
  champion: string,
  now: Date,
): Promise<void> {
  const control = phase.split.find((each) => each.control)?.variant;
  if (control !== champion) {
    throw new AssayError(
      'not_possible_now',
      `The champion of "${experiment.slotKey}" is now "${champion}", but phase ${phase.position} was drafted against ` +
        `"${control ?? ''}": edit it with PUT /api/experiments/${experiment.key}/phases/${phase.position}, or draft it again.`,
    );
  }
  const settings = await freezeThresholds(db, experiment, phase, now);
  const inputs = phaseInputs(experiment, phase);
  await insertPhaseInputs(db, phase.id, inputs);
  const shortest = Math.min(...inputs.measures.map((each) => each.windowSeconds + each.latenessSeconds));
  const startedAt = phase.startedAt ?? now;
  const weights = Object.fromEntries(phase.split.map((each) => [each.variantId, each.weight]));
  await enterStep(db, phase.id, { step: 1, weights }, startedAt);
  await updatePhase(db, phase.id, {
    state: 'running',
    settings,
    startedAt,
    callsCheckedTo: startedAt,
    cohortSeconds: shortest < SHORT_SECONDS ? 60 : 3600,
  });
}

/**
 * Ends the running phase; a gap still open ends with it. An external phase has its one final look computed afterwards,
 * from all that has come until now.
 */
export async function endPhase(
  db: Executor,
  phase: PhaseRow,
  end: { as: PhaseEnd; reason: string },
  now: Date,
): Promise<void> {
  await endStep(db, phase.id, now);
  await updatePhase(db, phase.id, {
    state: 'ended',
    endedAt: phase.endedAt ?? now,
    closedAt: now,
    endedAs: end.as,
    endReason: end.reason,
    pauses: closeGap(phase.pauses, now),
    hold: null,
    rebuildWanted: phase.assignment === 'external',
  });
}

export function openGap(pauses: Pause[], now: Date): Pause[] {
  return [...pauses, { from: now.toISOString(), to: null }];
}

export function closeGap(pauses: Pause[], now: Date): Pause[] {
  return pauses.map((each) => (each.to === null ? { ...each, to: now.toISOString() } : each));
}
