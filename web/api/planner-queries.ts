import { mutationOptions, queryOptions } from '@tanstack/react-query';
import type { Experiment, ExperimentInput } from '../../server/contract/catalog.ts';
import type { ReSplitReport } from '../../server/contract/distribution-contract.ts';
import type { ExperimentEdit } from '../../server/contract/life-cycle-contract.ts';
import type { Metric, MetricInput } from '../../server/contract/metric-contract.ts';
import type { MetricUses } from '../../server/contract/metric-use-contract.ts';
import type { PhaseInput } from '../../server/contract/phase-contract.ts';
import type { SlotTraffic } from '../../server/contract/slot-traffic-contract.ts';
import { call } from './api-client.ts';
import { experimentsQuery, metricsQuery } from './queries.ts';

const named = (path: string, key: string) => `/api/${path}/${encodeURIComponent(key)}`;

/** How many new units come to a slot; null: nothing has run there for an hour. */
export const slotTrafficQuery = (slot: string) =>
  queryOptions({
    queryKey: ['slot-traffic', slot],
    queryFn: ({ signal }) => call<SlotTraffic>(`${named('slots', slot)}/traffic`, { signal }),
    select: ({ traffic }) => traffic,
    staleTime: 60_000,
  });

/** Where a metric is used. */
export const metricUsesQuery = (key: string) =>
  queryOptions({
    queryKey: ['metric-uses', key],
    queryFn: ({ signal }) => call<MetricUses>(`${named('metrics', key)}/uses`, { signal }),
    select: ({ uses }) => uses,
  });

export type ReSplitSubject = { metric: string; experiment: string; phase: number; seed: number };

/** The halves that a seed makes of one phase's control, tested against each other. */
export const reSplitQuery = ({ metric, experiment, phase, seed }: ReSplitSubject) =>
  queryOptions({
    queryKey: ['a-a', experiment, phase, metric, seed],
    queryFn: ({ signal }) =>
      call<ReSplitReport>(
        `${named('experiments', experiment)}/a-a?metric=${encodeURIComponent(metric)}&phase=${phase}&seed=${seed}`,
        { signal },
      ),
    staleTime: 60_000,
  });

/** One experiment as it is declared, for those who change it. */
export const declarationQuery = (key: string) =>
  queryOptions({
    queryKey: ['declaration', key],
    queryFn: ({ signal }) => call<Experiment>(named('experiments', key), { signal }),
  });

export const createExperimentMutation = mutationOptions({
  mutationFn: (body: ExperimentInput) => call<Experiment>('/api/experiments', { method: 'POST', body }),
  onSuccess: (_made, _body, _context, { client }) => client.invalidateQueries({ queryKey: experimentsQuery.queryKey }),
});

export type PlanEdit = {
  experiment: string;
  position: number;
  phase: PhaseInput;
  metrics: ExperimentEdit['metrics'] | null;
};

/** Two edits: what is measured, where the plan asks for more, then the phase itself. */
export const savePlanMutation = mutationOptions({
  mutationFn: async ({ experiment, position, phase, metrics }: PlanEdit) => {
    const path = named('experiments', experiment);
    if (metrics) await call<Experiment>(path, { method: 'PATCH', body: { metrics } });
    return call<Experiment>(`${path}/phases/${position}`, { method: 'PUT', body: phase });
  },
  onSettled: (_answer, _problem, { experiment }, _context, { client }) =>
    Promise.all(
      [
        ['declaration', experiment],
        ['report', experiment],
        ['history', experiment],
      ].map((queryKey) => client.invalidateQueries({ queryKey })),
    ),
});

export const createMetricMutation = mutationOptions({
  mutationFn: (body: MetricInput) => call<Metric>('/api/metrics', { method: 'POST', body }),
  onSuccess: (_made, _body, _context, { client }) => client.invalidateQueries({ queryKey: metricsQuery.queryKey }),
});
