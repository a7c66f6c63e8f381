import { queryOptions } from '@tanstack/react-query';
import type { Slot } from '../../server/contract/catalog.ts';
import { call } from './api-client.ts';

/** Names of the slots with their variants, for choosing one. */
export const slotListQuery = queryOptions({
  queryKey: ['slot-list'],
  queryFn: ({ signal }) => call<{ slots: Slot[] }>('/api/slots', { signal }),
  select: ({ slots }) => slots,
  staleTime: 30_000,
});
