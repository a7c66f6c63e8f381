import { readAudit } from '../audit/audit-store.ts';
import { history } from '../contract/life-cycle-contract.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needExperiment } from './need-experiment.ts';

export function historyRoute({ db }: Services): Route {
  return route({
    method: 'get',
    path: '/api/experiments/:experiment/history',
    tag: 'Experiments',
    summary: 'What happened to an experiment, newest first: who or what moved or edited it, why, with the numbers.',
    auth: 'admin',
    answer: history,
    async handle({ principal, params }) {
      const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
      const entries = await readAudit(db, principal.environmentId, `experiment:${row.key}`);
      return { entries: entries.map((each) => ({ ...each, at: each.at.toISOString() })) };
    },
  });
}
