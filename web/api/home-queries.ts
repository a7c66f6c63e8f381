import { queryOptions } from '@tanstack/react-query';
import type { Home } from '../../server/contract/home-contract.ts';
import { call } from './api-client.ts';
import { refreshWhile } from './live-state.ts';

/** Silence is something that happens, and no stream tells of it. */
const silenceMs = 60_000;

/** What needs a person, what runs, what is drafted and what was decided of late. */
export const homeQuery = queryOptions({
  queryKey: ['home'],
  queryFn: ({ signal }) => call<Home>('/api/home', { signal }),
  refetchInterval: ({ state }) => refreshWhile((state.data?.counts.running ?? 0) > 0) || silenceMs,
});
