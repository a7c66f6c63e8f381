import { infiniteQueryOptions } from '@tanstack/react-query';
import type { AuditPage } from '../../server/contract/audit-contract.ts';
import { call } from './api-client.ts';

/** Everything that was done and fits the filter, newest first, a page at a time. */
export const auditQuery = (filter: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => call<AuditPage>(auditAddress(filter, pageParam), { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  });

function auditAddress(filter: string, before: number | null): string {
  const query = new URLSearchParams(filter);
  if (before !== null) query.set('before', String(before));
  return `/api/audit?${query}`;
}
