import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { checkContinues } from './check-continues.ts';
import { checkPhase, type PhaseInput } from './check-phase.ts';
import { editRunning } from './edit-running.ts';
import { type ExperimentRow, type PhaseRow, updatePhase } from './experiment-store.ts';
import { deletePhase, insertPhase, type NewPhase, replacePhase } from './phase-store.ts';

/** Edits of the plan: phases to come may change freely, the running one hardly, the past never. */

export async function addPhase(db: Executor, row: ExperimentRow, slot: SlotRow, input: PhaseInput): Promise<number> {
  if (row.state === 'concluded') {
    throw new AssayError('not_possible_now', `"${row.key}" is concluded: draft another experiment for a new phase.`);
  }
  const before = row.phases.at(-1) ?? null;
  const position = (before?.position ?? -1) + 1;
  const phase = checkAgainst(row, slot, input, before);
  await insertPhase(db, { environmentId: row.environmentId, experimentId: row.id, position }, phase, before);
  return position;
}

export async function editPhase(
  db: Executor,
  row: ExperimentRow,
  slot: SlotRow,
  phase: PhaseRow,
  input: PhaseInput,
): Promise<void> {
  refuseEnded(row, phase);
  const [before, after] = neighbours(row, phase);
  const checked = checkAgainst(row, slot, input, before);
  if (phase.state === 'running') return updatePhase(db, phase.id, editRunning(row.key, phase, checked));
  if (after?.continues) checkContinues(after, checked, `phases.${after.position}`);
  await replacePhase(db, phase, checked, before);
}

export async function removePhase(db: Executor, row: ExperimentRow, phase: PhaseRow): Promise<void> {
  refuseEnded(row, phase);
  if (phase.state === 'running') {
    throw new AssayError(
      'not_possible_now',
      `Phase ${phase.position} of "${row.key}" is running: end it with advance, roll-back or conclude.`,
    );
  }
  if (row.phases.length === 1) {
    throw new AssayError('not_possible_now', `"${row.key}" has no other phase: edit this one instead.`);
  }
  const [before, after] = neighbours(row, phase);
  if (after?.continues) checkContinues(after, before, `phases.${after.position}`);
  await deletePhase(db, phase);
}

/** The phase that a path names. */
export function phaseAt(row: ExperimentRow, position: string): PhaseRow {
  const found = row.phases.find((each) => String(each.position) === position);
  if (found) return found;
  const positions = row.phases.map((each) => each.position).join(', ');
  throw new AssayError('not_found', `"${row.key}" has no phase ${position}; it has ${positions}.`);
}

function checkAgainst(row: ExperimentRow, slot: SlotRow, input: PhaseInput, before: PhaseRow | null): NewPhase {
  return checkPhase(input, { slot, metrics: row.metrics, segments: row.segments, before, where: 'phase' });
}

function refuseEnded(row: ExperimentRow, phase: PhaseRow): void {
  if (row.state !== 'concluded' && phase.state !== 'ended') return;
  throw new AssayError(
    'not_possible_now',
    row.state === 'concluded'
      ? `"${row.key}" is concluded: its plan can no longer change.`
      : `Phase ${phase.position} of "${row.key}" has ended: add a new one with POST /api/experiments/${row.key}/phases.`,
  );
}

function neighbours(row: ExperimentRow, phase: PhaseRow): [before: PhaseRow | null, after: PhaseRow | null] {
  const i = row.phases.findIndex((each) => each.id === phase.id);
  return [row.phases[i - 1] ?? null, row.phases[i + 1] ?? null];
}
