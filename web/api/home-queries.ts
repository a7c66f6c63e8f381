import { queryOptions } from '@tanstack/react-query';
import type { Home } from '../../server/contract/home-contract.ts';
import { call } from './api-client.ts';
import { refreshEveryMs } from './queries.ts';

/** What needs a person, what runs, what is drafted and what was decided of late. */
export const homeQuery = queryOptions({
  queryKey: ['home'],
  queryFn: ({ signal }) => call<Home>('/api/home', { signal }),
  refetchInterval: ({ state }) => (state.data && state.data.counts.running > 0 ? refreshEveryMs : false),
});
