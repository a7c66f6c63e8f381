import { type MetricUses, metricUses } from '../contract/metric-use-contract.ts';
import { type ExperimentRow, listExperiments } from '../experiments/experiment-store.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needMetric } from './need-metric.ts';

export function metricUseRoute({ db }: Pick<Services, 'db'>): Route {
  return route({
    method: 'get',
    path: '/api/metrics/:metric/uses',
    tag: 'Metrics',
    summary: 'Where a metric is used: experiments with their state, its role there and the phases that measured it.',
    auth: 'admin',
    answer: metricUses,
    async handle({ principal, params }) {
      const { key } = await needMetric(db, principal.environmentId, params.metric ?? '');
      const experiments = await listExperiments(db, principal.environmentId);
      return { metric: key, uses: experiments.flatMap((row) => useIn(row, key)) };
    },
  });
}

function useIn(row: ExperimentRow, key: string): MetricUses['uses'] {
  const used = row.metrics.find((each) => each.key === key);
  if (!used) return [];
  const phases = row.phases.flatMap(({ position, mode, startedAt, endedAt }) =>
    startedAt ? [{ position, mode, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null }] : [],
  );
  const { key: experiment, name: experimentName, slotKey: slot, state } = row;
  return [{ experiment, experimentName, slot, state, role: used.role, margin: used.margin, phases }];
}
