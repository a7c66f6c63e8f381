import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/catalog.ts';
import { refuseShortRamps } from '../delivery/canary/read-traffic.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import { listMetrics } from '../metrics/metric-store.ts';
import type { Services } from '../services.ts';
import { needSlot } from '../slots/slot-routes.ts';
import { audiencesOf } from '../targeting/audiences-of.ts';
import { checkPatterns } from '../targeting/check-patterns.ts';
import { checkExperiment } from './check-experiment.ts';
import { editRoutes } from './edit-routes.ts';
import { experimentToContract } from './experiment-contract.ts';
import { insertExperiment, newMetric } from './experiment-store.ts';
import { historyRoute } from './history-route.ts';
import { keepCovariateDays } from './keep-covariate-days.ts';
import { needExperiment } from './need-experiment.ts';
import { pauseSlotRoute } from './pause-slot-route.ts';
import { resumeSlotRoute } from './resume-slot-route.ts';
import { transitionRoutes } from './transition-routes.ts';

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
          checkPatterns(body.targeting, 'targeting');
          await audiencesOf(tx, principal.environmentId, body.targeting);
          const parts = checkExperiment(body, slot, await listMetrics(tx, principal.environmentId));
          await refuseShortRamps(tx, slot.id, parts.phases, (i) => `phases.${i}`, now());
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
          if ((await insertExperiment(tx, row, parts.metrics.map(newMetric), parts.phases)) === null) {
            throw new AssayError('conflict', `There is already an experiment "${body.key}": choose another key.`);
          }
          await writeAudit(tx, principal, 'experiment.create', `experiment:${body.key}`, { slot: body.slot });
          const drafted = await needExperiment(tx, principal.environmentId, body.key);
          await keepCovariateDays(tx, drafted, now());
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
    historyRoute(services),
    ...editRoutes(services),
    ...transitionRoutes(services),
    pauseSlotRoute(services),
    resumeSlotRoute(services),
  ];
}
