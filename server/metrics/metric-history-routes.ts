import { priorOf, readPastEffects } from '../analysis/past-effects.ts';
import { readReportRows } from '../analysis/report-store.ts';
import { surrogateOf } from '../analysis/surrogate-of.ts';
import * as contract from '../contract/metric-history-contract.ts';
import { type ExperimentRow, listExperiments, type PhaseRow } from '../experiments/experiment-store.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import type { MetricRow } from './metric-store.ts';
import { needMetric } from './need-metric.ts';
import { pastPhase } from './past-phases.ts';

const MOST_PHASES = 20;

export function metricHistoryRoutes(services: Services): Route[] {
  const { db, pool } = services;
  return [
    route({
      method: 'get',
      path: '/api/metrics/:metric/history',
      tag: 'Metrics',
      summary:
        'What past phases and experiments say of a metric: its value, spread, units per day, and sizes of effects.',
      auth: 'admin',
      answer: contract.metricHistory,
      async handle({ principal, params }) {
        const metric = await needMetric(db, principal.environmentId, params.metric ?? '');
        const past = await readPastEffects(pool, principal.environmentId);
        return {
          metric: metric.key,
          windowSeconds: metric.windowSeconds,
          phases: await phasesOf(services, principal.environmentId, metric),
          effects: past.effects
            .filter((each) => each.metricId === metric.id)
            .map(({ experiment, concludedAt, estimate, standardError }) => ({
              experiment,
              concludedAt: concludedAt.toISOString(),
              estimate,
              standardError,
            })),
          prior: priorOf(past, metric.id),
        };
      },
    }),
    route({
      method: 'get',
      path: '/api/metrics/:metric/surrogate',
      tag: 'Metrics',
      summary: 'How well effects on a proxy predicted effects on its business metric in concluded experiments.',
      auth: 'admin',
      answer: contract.metricSurrogate,
      async handle({ principal, params }) {
        const metric = await needMetric(db, principal.environmentId, params.metric ?? '');
        return { surrogate: surrogateOf(await readPastEffects(pool, principal.environmentId), metric) };
      },
    }),
  ];
}

/** Latest first. Phases without units leave room for others. */
async function phasesOf(
  { db, pool, now }: Services,
  environmentId: number,
  metric: MetricRow,
): Promise<contract.MetricHistory['phases']> {
  const at = now();
  const found: contract.MetricHistory['phases'] = [];
  for (const { row, phase } of startedPhases(await listExperiments(db, environmentId))) {
    const own = row.metrics.find((each) => each.id === metric.id);
    const one = own && pastPhase(row, phase, own, await readReportRows(pool, phase, at), at);
    if (one) found.push(one);
    if (found.length === MOST_PHASES) break;
  }
  return found;
}

function startedPhases(experiments: ExperimentRow[]): { row: ExperimentRow; phase: PhaseRow }[] {
  return experiments
    .flatMap((row) => row.phases.map((phase) => ({ row, phase })))
    .filter(({ phase }) => phase.startedAt !== null && phase.state !== 'planned')
    .sort((a, b) => (b.phase.startedAt?.getTime() ?? 0) - (a.phase.startedAt?.getTime() ?? 0));
}
