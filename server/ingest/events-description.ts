import { batchAnswer, batchInput } from '../contract/events-contract.ts';
import type { Route } from '../http/route.ts';

/** `POST /v1/events` for the API document. It is served by eventRoutes, which reads the body itself. */
export const eventsDescription = {
  method: 'post',
  path: '/v1/events',
  tag: 'Events',
  summary: 'Store one sealed batch of events; answered after commit, and counted once however often it is sent.',
  auth: 'sdk',
  body: batchInput,
  answer: batchAnswer,
  status: 202,
  serve: () => Promise.reject(new Error('POST /v1/events is served by eventRoutes')),
} satisfies Omit<Route, 'status'> & { status: 202 };
