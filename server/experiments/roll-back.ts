import { writeAudit } from '../audit/audit-store.ts';
import type { Executor } from '../db/database.ts';
import { type ExperimentRow, type PhaseRow, updateExperiment } from './experiment-store.ts';
import { endPhase } from './phase-moves.ts';

/** Who acts when nobody did: gates and guardrails. */
export const ASSAY = 'Assay';

/**
 * Takes a running phase back: it ends as `rolled_back` and the experiment is paused without a running phase, so that
 * everyone gets the champion. Writes the audit row with the numbers behind it. Call it in `changeRuleset`, after
 * `lockExperiment` and with the row read afterwards, so that two processes act once.
 */
export async function rollBack(
  db: Executor,
  experiment: ExperimentRow,
  phase: PhaseRow,
  reason: string,
  numbers: Record<string, unknown>,
  now: Date,
  actor: string = ASSAY,
): Promise<void> {
  await endPhase(db, phase, { as: 'rolled_back', reason }, now);
  await updateExperiment(db, experiment.id, { state: 'paused' });
  const { environmentId, key } = experiment;
  const detail = { phase: phase.position, mode: phase.mode, step: phase.step, reason, ...numbers };
  await writeAudit(db, { environmentId, name: actor }, 'experiment.roll-back', `experiment:${key}`, detail);
}
