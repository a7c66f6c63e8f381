import { MutationCache, mutationOptions, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import type { OffPolicyAnswer } from '../../server/contract/bandit-contract.ts';
import type { Session, Transition } from '../../server/contract/catalog.ts';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import type { ExperimentSummary, Report } from '../../server/contract/report-contract.ts';
import { ApiError, call } from './api-client.ts';
import { isSignedOut } from './error-sentence.ts';
import { refreshWhile } from './live-state.ts';

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
  refetchInterval: ({ state }) => refreshWhile(state.data?.experiments.some(summaryMoves) ?? false),
});

/** While paused, outcomes still arrive; after an external experiment is concluded, its final look is computed. */
const summaryMoves = ({ state, verdict }: ExperimentSummary): boolean =>
  state === 'running' || state === 'paused' || (state === 'concluded' && verdict.kind === 'keep_running');

export const reportMoves = ({ experiment, phase, progress }: Report): boolean =>
  experiment.state === 'running' ||
  experiment.state === 'paused' ||
  (phase?.assignment === 'external' && phase.state === 'ended' && !progress?.lookAt);

const experimentPath = (key: string) => `/api/experiments/${encodeURIComponent(key)}`;

/** The report of one phase, named by its position; null: the current or last one. */
export const reportQuery = (key: string, phase: string | null) =>
  queryOptions({
    queryKey: [...reportsKey(key), phase],
    queryFn: ({ signal }) => call<Report>(reportAddress(key, phase), { signal }),
    refetchInterval: ({ state }) => refreshWhile(state.data !== undefined && reportMoves(state.data)),
  });

/** Stands for the reports of all phases. */
const reportsKey = (key: string) => ['report', key];

export const reportAddress = (key: string, phase: string | null) =>
  `${experimentPath(key)}/report${phase === null ? '' : `?phase=${encodeURIComponent(phase)}`}`;

const historyKey = (key: string) => ['history', key];

/** Who or what moved or edited an experiment, newest first; gates and guardrails move it while nobody looks. */
export const historyQuery = (key: string, moves: boolean) =>
  queryOptions({
    queryKey: historyKey(key),
    queryFn: ({ signal }) => call<{ entries: HistoryEntry[] }>(`${experimentPath(key)}/history`, { signal }),
    select: ({ entries }) => entries,
    refetchInterval: () => refreshWhile(moves),
  });

/** What a fixed split, such as "a:0.3,b:0.7", would have earned in a bandit phase. */
export const offPolicyQuery = (key: string, phase: number, split: string) =>
  queryOptions({
    queryKey: ['off-policy', key, phase, split],
    queryFn: ({ signal }) =>
      call<OffPolicyAnswer>(`${experimentPath(key)}/off-policy?phase=${phase}&split=${encodeURIComponent(split)}`, {
        signal,
      }),
    staleTime: 60_000,
  });

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

/** Moves of one experiment, and the kill switch of its slot. */
export type LifecycleAction = Transition | 'stop-slot';

export type LifecycleMove = { action: LifecycleAction; promote?: string; reason?: string; phase?: number };

export const lifecycleMutation = (key: string, slot: string) =>
  mutationOptions({
    mutationFn: ({ action, ...body }: LifecycleMove) =>
      action === 'stop-slot'
        ? call<unknown>(`/api/slots/${encodeURIComponent(slot)}/pause`, { method: 'POST', body })
        : call<unknown>(`${experimentPath(key)}/${action}`, { method: 'POST', body }),
    onSuccess: async (_answer, _move, _context, { client }) => {
      client.invalidateQueries({ queryKey: experimentsQuery.queryKey });
      client.invalidateQueries({ queryKey: historyKey(key) });
      await client.invalidateQueries({ queryKey: reportsKey(key) });
    },
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
    defaultOptions: {
      // What happened while a page was hidden is asked for by `connectLive`.
      queries: { staleTime: 2000, refetchOnWindowFocus: false, retry },
    },
  });
  return client;
}

/** The server's refusals are final; silence and failures are tried twice more. */
const retry = (failures: number, error: unknown): boolean =>
  failures < 2 && !(error instanceof ApiError && error.status < 500);
