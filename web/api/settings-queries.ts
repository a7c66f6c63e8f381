import { mutationOptions, queryOptions } from '@tanstack/react-query';
import type { ApiKey } from '../../server/contract/catalog.ts';
import type { ServerFacts } from '../../server/contract/server-facts-contract.ts';
import { call } from './api-client.ts';

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => call<{ keys: ApiKey[] }>('/api/keys', { signal }),
  select: ({ keys }) => keys,
});

export const makeKeyMutation = mutationOptions({
  mutationFn: (body: { kind: ApiKey['kind']; name: string }) =>
    call<ApiKey & { secret: string }>('/api/keys', { method: 'POST', body }),
  onSuccess: (_answer, _input, _context, { client }) => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
});

export const revokeKeyMutation = mutationOptions({
  mutationFn: (id: number) => call<unknown>(`/api/keys/${id}`, { method: 'DELETE' }),
  onSuccess: (_answer, _input, _context, { client }) => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
});

/** How the server is, asked again while the page is in view. */
const everyMs = 10_000;

export const serverFactsQuery = queryOptions({
  queryKey: ['server-facts'],
  queryFn: ({ signal }) => call<ServerFacts>('/api/server', { signal }),
  refetchInterval: everyMs,
});

export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: ({ signal }) => call<{ ready: true; events: 'taken' | 'disk_full' }>('/readyz', { signal }),
  refetchInterval: everyMs,
});
