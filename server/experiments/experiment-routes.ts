import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/catalog.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, type RouteContext, route } from '../http/route.ts';
import { listMetrics } from '../metrics/metric-store.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';
import { needSlot, refuseUnknownVariant } from '../slots/slot-routes.ts';
import { checkExperiment } from './check-experiment.ts';
import { experimentToContract } from './experiment-contract.ts';
import {
  type ExperimentRow,
  findExperiment,
  insertExperiment,
  lockExperiment,
  updateExperiment,
} from './experiment-store.ts';
import { covariateMeasures } from './phase-inputs.ts';
import { keepDays } from './phase-inputs-store.ts';
import { advance, conclude, refuseSenseless, start, type Transition } from './transitions.ts';

export function experimentRoutes(services: Services): Route[] {
  const { db, now } = services;
  return [
    route({
      method: 'post',
      path: '/api/experiments',
      tag: 'Experiments',
      summary: 'Draft an experiment: its slot, metrics and phases. Nothing changes for anybody until it is started.',
      auth: 'admin',
      body: contract.experimentInput,
      answer: contract.experiment,
      status: 201,
      handle: ({ principal, body }) =>
        db.transaction(async (tx) => {
          const slot = await needSlot(tx, principal.environmentId, body.slot);
          const parts = checkExperiment(body, slot, await listMetrics(tx, principal.environmentId));
          const row = {
            environmentId: principal.environmentId,
            slotId: slot.id,
            key: body.key,
            name: body.name,
            hypothesis: body.hypothesis,
            targeting: body.targeting,
            segments: body.segments,
            rangeFrom: body.range.from,
            rangeTo: body.range.to,
          };
          if ((await insertExperiment(tx, row, parts.metrics, parts.phases)) === null) {
            throw new AssayError('conflict', `There is already an experiment "${body.key}": choose another key.`);
          }
          await writeAudit(tx, principal, 'experiment.create', `experiment:${body.key}`, { slot: body.slot });
          const drafted = await needExperiment(tx, principal.environmentId, body.key);
          if (drafted.phases.some((each) => (each.plan.covariates?.days ?? 0) > 0)) {
            await keepDays(tx, principal.environmentId, covariateMeasures(drafted.metrics), now());
          }
          return experimentToContract(drafted);
        }),
    }),
    route({
      method: 'get',
      path: '/api/experiments/:experiment',
      tag: 'Experiments',
      summary: 'One experiment with its phases.',
      auth: 'admin',
      answer: contract.experiment,
      async handle({ principal, params }) {
        return experimentToContract(await needExperiment(db, principal.environmentId, params.experiment ?? ''));
      },
    }),
    ...transitionRoutes(services),
  ];
}

function transitionRoutes(services: Services): Route[] {
  const { now } = services;
  const simple = (
    transition: Exclude<Transition, 'conclude'>,
    summary: string,
    work: (tx: Executor, row: ExperimentRow) => Promise<void>,
  ) =>
    route({
      method: 'post',
      path: `/api/experiments/:experiment/${transition}`,
      tag: 'Experiments',
      summary,
      auth: 'admin',
      answer: contract.experiment,
      handle: (context) => transact(services, context, transition, {}, work),
    });
  return [
    simple('start', 'Start the first phase: assignment begins.', (tx, row) => start(tx, row, now())),
    simple('pause', 'Everyone gets the champion; outcomes of exposed units still count.', (tx, row) =>
      updateExperiment(tx, row.id, { state: 'paused' }),
    ),
    simple('resume', 'Assignment goes on with the same salt, so that units keep their variant.', (tx, row) =>
      updateExperiment(tx, row.id, { state: 'running' }),
    ),
    simple('advance', 'End the running phase and start the next planned one.', (tx, row) => advance(tx, row, now())),
    route({
      method: 'post',
      path: '/api/experiments/:experiment/conclude',
      tag: 'Experiments',
      summary: 'End the experiment; optionally promote a variant to champion in the same transaction.',
      auth: 'admin',
      body: contract.concludeInput,
      answer: contract.experiment,
      handle: (context) =>
        transact(services, context, 'conclude', context.body, async (tx, row) => {
          const slot = await needSlot(tx, row.environmentId, row.slotKey);
          if (context.body.promote) refuseUnknownVariant(slot, context.body.promote);
          await conclude(tx, row, slot, context.body.promote, now());
        }),
    }),
  ];
}

/** Every transition: one transaction with its check, its change, a new ruleset and an audit row. */
function transact<Body>(
  services: Services,
  { principal, params }: RouteContext<Body>,
  transition: Transition,
  detail: Record<string, unknown>,
  work: (tx: Executor, row: ExperimentRow) => Promise<void>,
): Promise<contract.Experiment> {
  return changeRuleset(services, principal.environmentId, async (tx) => {
    await lockExperiment(tx, principal.environmentId, params.experiment ?? '');
    const row = await needExperiment(tx, principal.environmentId, params.experiment ?? '');
    refuseSenseless(row, transition);
    await work(tx, row);
    await writeAudit(tx, principal, `experiment.${transition}`, `experiment:${row.key}`, detail);
    return experimentToContract(await needExperiment(tx, principal.environmentId, row.key));
  });
}

export async function needExperiment(db: Executor, environmentId: number, key: string): Promise<ExperimentRow> {
  const row = await findExperiment(db, environmentId, key);
  if (!row) throw new AssayError('not_found', `There is no experiment "${key}". List them with GET /api/experiments.`);
  return row;
}
