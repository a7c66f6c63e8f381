import { MutationCache, mutationOptions, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import type { Metric, Session } from '../../server/contract/catalog.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import type { ExperimentSummary, Report } from '../../server/contract/report-contract.ts';
import { ApiError, call } from './api-client.ts';
import { isSignedOut } from './error-sentence.ts';

/** Numbers of a running experiment are renewed this often; the browser stops it while the page is hidden. */
export const refreshEveryMs = 5000;

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) =>
    call<Session>('/api/session', { signal }).catch((error: unknown) => {
      if (isSignedOut(error)) return null;
      throw error;
    }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const experimentsQuery = queryOptions({
  queryKey: ['experiments'],
  queryFn: ({ signal }) => call<{ experiments: ExperimentSummary[] }>('/api/experiments', { signal }),
  select: ({ experiments }) => experiments,
  refetchInterval: ({ state }) => (state.data?.experiments.some(summaryMoves) ? refreshEveryMs : false),
});

/** While paused, outcomes still arrive; after an external experiment is concluded, its final look is computed. */
const summaryMoves = ({ state, verdict }: ExperimentSummary): boolean =>
  state === 'running' || state === 'paused' || (state === 'concluded' && verdict.kind === 'keep_running');

export const reportMoves = ({ experiment, phase, progress }: Report): boolean =>
  experiment.state === 'running' ||
  experiment.state === 'paused' ||
  (phase?.assignment === 'external' && phase.state === 'ended' && !progress?.lookAt);

const experimentPath = (key: string) => `/api/experiments/${encodeURIComponent(key)}`;

export const reportQuery = (key: string) =>
  queryOptions({
    queryKey: ['report', key],
    queryFn: ({ signal }) => call<Report>(`${experimentPath(key)}/report`, { signal }),
    refetchInterval: ({ state }) => (state.data && reportMoves(state.data) ? refreshEveryMs : false),
  });

export const reportAddress = (key: string) => `${experimentPath(key)}/report`;

export const metricsQuery = queryOptions({
  queryKey: ['metrics'],
  queryFn: ({ signal }) => call<{ metrics: Metric[] }>('/api/metrics', { signal }),
  select: ({ metrics }) => metrics,
});

/** What a metric was like in the phases that measured it: what a plan starts from. */
export const metricHistoryQuery = (key: string) =>
  queryOptions({
    queryKey: ['metric-history', key],
    queryFn: ({ signal }) => call<MetricHistory>(`/api/metrics/${encodeURIComponent(key)}/history`, { signal }),
    staleTime: 60_000,
  });

export type LifecycleAction = 'start' | 'pause' | 'resume' | 'advance' | 'conclude';

export const lifecycleMutation = (key: string) =>
  mutationOptions({
    mutationFn: ({ action, promote }: { action: LifecycleAction; promote?: string }) =>
      call<unknown>(`${experimentPath(key)}/${action}`, {
        method: 'POST',
        body: promote === undefined ? {} : { promote },
      }),
  });

export const signInMutation = mutationOptions({
  mutationFn: (key: string) => call<Session>('/api/session', { method: 'POST', body: { key } }),
});

export const signOutMutation = mutationOptions({
  mutationFn: () => call<void>('/api/session', { method: 'DELETE' }),
});

/** A 401 anywhere means that the session is over: the shell sees null and leads to the sign-in page. */
export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isSignedOut(error)) client.setQueryData(sessionQuery.queryKey, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { staleTime: 2000, retry } },
  });
  return client;
}

/** The server's refusals are final; silence and failures are tried twice more. */
const retry = (failures: number, error: unknown): boolean =>
  failures < 2 && !(error instanceof ApiError && error.status < 500);
