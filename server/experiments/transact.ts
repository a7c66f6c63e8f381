import { writeAudit } from '../audit/audit-store.ts';
import type { Experiment, Transition } from '../contract/catalog.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import type { Principal } from '../http/route.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';
import { experimentToContract } from './experiment-contract.ts';
import type { ExperimentRow } from './experiment-store.ts';
import { needExperiment, needLockedExperiment } from './need-experiment.ts';
import { runningPhase } from './phase-order.ts';
import { refuseSenseless } from './possible-transitions.ts';

/**
 * Every transition: one transaction with its check, its change, a new ruleset and an audit row. `work` answers what the
 * audit row says of it; null where it has written that row itself.
 */
export function transact(
  services: Services,
  who: Pick<Principal, 'environmentId' | 'name'>,
  key: string,
  transition: Transition,
  /** Position of the running phase as the caller saw it. */
  seen: number | undefined,
  work: (tx: Executor, row: ExperimentRow) => Promise<Record<string, unknown> | null>,
): Promise<Experiment> {
  return changeRuleset(services, who.environmentId, async (tx) => {
    const row = await needLockedExperiment(tx, who.environmentId, key);
    refuseMoved(row, seen);
    refuseSenseless(row, transition);
    const detail = await work(tx, row);
    if (detail) await writeAudit(tx, who, `experiment.${transition}`, `experiment:${row.key}`, detail);
    return experimentToContract(await needExperiment(tx, who.environmentId, row.key));
  });
}

/** Two people who press the same button move it once. */
function refuseMoved(row: ExperimentRow, seen: number | undefined): void {
  const position = runningPhase(row)?.position;
  if (seen === undefined || seen === position) return;
  throw new AssayError(
    'conflict',
    `"${row.key}" has moved on: ${position === undefined ? 'no phase is running' : `phase ${position} is running`}, not phase ${seen}. Look again first.`,
  );
}
