import type { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import type { Route } from '../http/route.ts';
import { bulkEvaluationSuccess, evaluationFailure, evaluationRequest, evaluationSuccess } from './ofrep-contract.ts';

/** `/ofrep` for the API document. It is served by ofrepRoutes, which answers in the protocol's words. */
export const ofrepDescriptions: Route[] = [
  {
    ...shared(evaluationSuccess),
    path: '/ofrep/v1/evaluate/flags/:key',
    summary: 'OpenFeature Remote Evaluation Protocol 0.3: the variant of one slot for one context. Records nothing.',
    responses: {
      '200': json('The variant', evaluationSuccess),
      '404': json('There is no such slot', evaluationFailure),
      ...failures(),
    },
  },
  {
    ...shared(bulkEvaluationSuccess),
    path: '/ofrep/v1/evaluate/flags',
    summary: 'OpenFeature Remote Evaluation Protocol 0.3: the variants of all slots for one context. Records nothing.',
    responses: {
      '200': {
        ...json('The variants', bulkEvaluationSuccess),
        headers: {
          ETag: { description: 'To be sent as If-None-Match with the same context', schema: { type: 'string' } },
        },
      },
      '304': { description: 'If-None-Match names what would be answered' },
      ...failures(),
    },
  },
];

function shared(answer: z.ZodType): Omit<Route, 'path' | 'summary' | 'method'> & { method: 'post' } {
  return {
    method: 'post',
    tag: 'OpenFeature',
    auth: 'sdk',
    body: evaluationRequest,
    answer,
    serve: () => Promise.reject(new Error('/ofrep is served by ofrepRoutes')),
  };
}

function json(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } };
}

function failures(): ZodOpenApiResponsesObject {
  const retryAfter = { description: 'Seconds to wait', schema: { type: 'string' as const } };
  return {
    '400': json('PARSE_ERROR, INVALID_CONTEXT or TARGETING_KEY_MISSING', evaluationFailure),
    '401': json('The key is missing, unknown, revoked or expired', evaluationFailure),
    '403': json('The key is of a kind that may not evaluate', evaluationFailure),
    '429': { ...json('This key sends too many requests', evaluationFailure), headers: { 'Retry-After': retryAfter } },
    '500': json('Something failed on our side, or the database is away', evaluationFailure),
  };
}
