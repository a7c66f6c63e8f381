import { writeAudit } from '../audit/audit-store.ts';
import type { Experiment } from '../contract/catalog.ts';
import type { Executor } from '../db/database.ts';
import type { Principal } from '../http/route.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';
import { experimentToContract } from './experiment-contract.ts';
import type { ExperimentRow } from './experiment-store.ts';
import { needExperiment, needLockedExperiment } from './need-experiment.ts';
import { refuseSenseless, type Transition } from './possible-transitions.ts';

/**
 * Every transition: one transaction with its check, its change, a new ruleset and an audit row. `work` answers what the
 * audit row says of it; null where it has written that row itself.
 */
export function transact(
  services: Services,
  who: Pick<Principal, 'environmentId' | 'name'>,
  key: string,
  transition: Transition,
  work: (tx: Executor, row: ExperimentRow) => Promise<Record<string, unknown> | null>,
): Promise<Experiment> {
  return changeRuleset(services, who.environmentId, async (tx) => {
    const row = await needLockedExperiment(tx, who.environmentId, key);
    refuseSenseless(row, transition);
    const detail = await work(tx, row);
    if (detail) await writeAudit(tx, who, `experiment.${transition}`, `experiment:${row.key}`, detail);
    return experimentToContract(await needExperiment(tx, who.environmentId, row.key));
  });
}
