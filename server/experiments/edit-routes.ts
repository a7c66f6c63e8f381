import { isDeepStrictEqual } from 'node:util';
import { writeAudit } from '../audit/audit-store.ts';
import { experiment } from '../contract/catalog.ts';
import { experimentEdit } from '../contract/life-cycle-contract.ts';
import { phaseInput } from '../contract/phase-contract.ts';
import type { Executor } from '../db/database.ts';
import type { CanarySettings } from '../db/schema-types.ts';
import { refuseShortRamps } from '../delivery/canary/read-traffic.ts';
import type { RouteContext } from '../http/route.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needSlot } from '../slots/slot-routes.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { editExperiment } from './edit-experiment.ts';
import { addPhase, editPhase, phaseAt, removePhase } from './edit-phases.ts';
import { experimentToContract, phaseToContract } from './experiment-contract.ts';
import type { ExperimentRow } from './experiment-store.ts';
import { keepCovariateDays } from './keep-covariate-days.ts';
import { needExperiment, needLockedExperiment } from './need-experiment.ts';
import { keepChains } from './phase-store.ts';

type Detail = Record<string, unknown>;

export function editRoutes(services: Services): Route[] {
  const path = '/api/experiments/:experiment';
  const common = { tag: 'Experiments', auth: 'admin', answer: experiment } as const;
  return [
    route({
      ...common,
      method: 'patch',
      path,
      summary:
        'Edit an experiment: name and hypothesis at any time; targeting, range, segments and metrics in a draft.',
      body: experimentEdit,
      handle: (context) =>
        edited(services, context, 'edit', async (tx, row, slot) => {
          await editExperiment(tx, row, slot, context.body);
          return (after) => changes(experimentToContract(row), experimentToContract(after));
        }),
    }),
    route({
      ...common,
      method: 'post',
      path: `${path}/phases`,
      summary: 'Add a phase at the end of the plan; it starts when the one before hands over.',
      body: phaseInput,
      status: 201,
      handle: (context) =>
        edited(services, context, 'add-phase', async (tx, row, slot) => {
          const position = await addPhase(tx, row, slot, context.body);
          await refuseShort(services, tx, slot, context.body.canary);
          return (after) => ({ phase: position, after: phaseToContract(phaseAt(after, String(position))) });
        }),
    }),
    route({
      ...common,
      method: 'put',
      path: `${path}/phases/:position`,
      summary:
        'Edit a phase: a planned one freely; of the running one its gate, and the steps of a canary that it has not reached.',
      body: phaseInput,
      handle: (context) =>
        edited(services, context, 'edit-phase', async (tx, row, slot) => {
          const position = context.params.position ?? '';
          const phase = phaseAt(row, position);
          await editPhase(tx, row, slot, phase, context.body);
          if (phase.state === 'planned') await refuseShort(services, tx, slot, context.body.canary);
          return (after) => ({
            phase: phase.position,
            ...changes(phaseToContract(phase), phaseToContract(phaseAt(after, position))),
          });
        }),
    }),
    route({
      ...common,
      method: 'delete',
      path: `${path}/phases/:position`,
      summary: 'Take a planned phase out of the plan; those after it move up.',
      handle: (context) =>
        edited(services, context, 'remove-phase', async (tx, row) => {
          const phase = phaseAt(row, context.params.position ?? '');
          await removePhase(tx, row, phase);
          return () => ({ phase: phase.position, before: phaseToContract(phase) });
        }),
    }),
  ];
}

/** Every edit: one transaction with its check, its change and an audit row. What SDKs read does not change by it. */
function edited<Body>(
  services: Services,
  { principal, params }: RouteContext<Body>,
  action: string,
  work: (tx: Executor, row: ExperimentRow, slot: SlotRow) => Promise<(after: ExperimentRow) => Detail>,
): Promise<ReturnType<typeof experimentToContract>> {
  return services.db.transaction(async (tx) => {
    const row = await needLockedExperiment(tx, principal.environmentId, params.experiment ?? '');
    const describe = await work(tx, row, await needSlot(tx, principal.environmentId, row.slotKey));
    const reread = () => needExperiment(tx, principal.environmentId, row.key);
    await keepChains(tx, (await reread()).phases);
    const after = await reread();
    await keepCovariateDays(tx, after, services.now());
    await writeAudit(tx, principal, `experiment.${action}`, `experiment:${row.key}`, describe(after));
    return experimentToContract(after);
  });
}

/** The fields that differ, before and after. */
function changes<T extends object>(before: T, after: T): { before: Partial<T>; after: Partial<T> } {
  const differ = (Object.keys(after) as (keyof T)[]).filter((each) => !isDeepStrictEqual(before[each], after[each]));
  const pick = (from: T) => Object.fromEntries(differ.map((each) => [each, from[each]])) as Partial<T>;
  return { before: pick(before), after: pick(after) };
}

/** After the checks of the phase itself: the transaction takes back what is refused here. */
function refuseShort({ now }: Services, tx: Executor, { id }: SlotRow, canary: CanarySettings | undefined) {
  return canary ? refuseShortRamps(tx, id, [{ settings: { canary } }], () => 'phase', now()) : undefined;
}
