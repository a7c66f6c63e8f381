import type { ClientBase } from 'pg';
import type { CanarySettings, PhaseSettings } from '../../db/schema-types.ts';
import { evidenceOf, readProcesses, storeEvidence } from './process-store.ts';
import { addFailure, type Band } from './rate-evidence.ts';

/** A row that this cycle added to `unit_failed`. */
export interface NewFailure {
  unitId: string;
  phaseId: number;
  /** Place of the guardrail in the settings. */
  guardrail: number;
  receivedAt: Date;
  step: number;
  band: Band;
}

/**
 * Takes the first failing units that this roll-up cycle found into the evidence of their guardrails, in order of
 * (received_at, unit). Called at the end of the cycle, in its transaction: what it inserted is folded exactly once.
 * `rebuild` neither inserts failures nor folds them.
 */
export async function foldGuardrails(client: ClientBase, failures: NewFailure[]): Promise<void> {
  const phaseIds = [...new Set(failures.map((each) => each.phaseId))].sort((a, b) => a - b);
  for (const phaseId of phaseIds) {
    const settings = await readSettings(client, phaseId);
    const own = failures.filter((each) => each.phaseId === phaseId).sort(inOrder);
    if (settings) await foldPhase(client, phaseId, settings, own);
  }
}

async function foldPhase(client: ClientBase, phaseId: number, settings: CanarySettings, failures: NewFailure[]) {
  const stored = await readProcesses(client, phaseId);
  for (const guardrail of new Set(failures.map((each) => each.guardrail))) {
    const own = failures.filter((each) => each.guardrail === guardrail);
    const last = own.at(-1);
    if (!last) continue;
    const evidence = own.reduce(
      (before, { receivedAt, ...failure }) => addFailure(before, settings, { ...failure, at: receivedAt }),
      evidenceOf(stored, guardrail, settings),
    );
    await storeEvidence(client, phaseId, guardrail, evidence, last.receivedAt);
  }
}

async function readSettings(client: ClientBase, phaseId: number): Promise<CanarySettings | null> {
  const { rows } = await client.query<{ settings: PhaseSettings }>('select settings from phase where id = $1', [
    phaseId,
  ]);
  return rows[0]?.settings.canary ?? null;
}

/** Units compare as the database orders them, by bytes. */
function inOrder(a: NewFailure, b: NewFailure): number {
  return (
    a.receivedAt.getTime() - b.receivedAt.getTime() || Buffer.compare(Buffer.from(a.unitId), Buffer.from(b.unitId))
  );
}
