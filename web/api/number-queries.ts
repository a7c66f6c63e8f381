import { queryOptions } from '@tanstack/react-query';
import type { Distribution } from '../../server/contract/distribution-contract.ts';
import type { NumberQuery } from '../../server/contract/query-contract.ts';
import { call } from './api-client.ts';

/** What stands behind the numbers of a metric; asked for only when someone wants to see it. */
type Subject = { experiment: string; phase: number; metric: string };

const address = ({ experiment, phase, metric }: Subject, what: string) =>
  `/api/experiments/${encodeURIComponent(experiment)}/${what}?phase=${phase}&metric=${encodeURIComponent(metric)}`;

export const distributionQuery = (subject: Subject) =>
  queryOptions({
    queryKey: ['distribution', subject],
    queryFn: ({ signal }) => call<Distribution>(address(subject, 'distribution'), { signal }),
    staleTime: 60_000,
    // It is computed about once a minute: what was empty fills by itself.
    refetchInterval: ({ state }) => (state.data?.variants.every(({ count }) => count === 0) ? 10_000 : false),
  });

export const numberSqlQuery = (subject: Subject) =>
  queryOptions({
    queryKey: ['number-sql', subject],
    queryFn: ({ signal }) => call<NumberQuery>(address(subject, 'query'), { signal }),
    staleTime: 10_000,
  });
