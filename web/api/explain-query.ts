import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ExplainInput, ExplanationAnswer } from '../../server/contract/explain-contract.ts';
import { call } from './api-client.ts';

/** Why a unit gets what it gets, by the ruleset of this moment; the last answer stays while the next one is asked. */
export const explainQuery = (input: ExplainInput) =>
  queryOptions({
    queryKey: ['explain', input],
    queryFn: ({ signal }) => call<ExplanationAnswer>('/api/explain', { method: 'POST', body: input, signal }),
    placeholderData: keepPreviousData,
  });
