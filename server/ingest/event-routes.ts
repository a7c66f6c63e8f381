import express, { type Request, type Response, type Router } from 'express';
import { createAdmission, overloaded } from './admission.ts';
import { discardRest, withBody } from './body-reader.ts';
import type { Ingest } from './ingest.ts';
import { batchesTotal } from './ingest-metrics.ts';

export interface EventRouteOptions {
  /** Limit of one body after decompression. */
  maxBodyBytes: number;
  /** Limit of all bodies that are read or stored at once; 64 MiB when absent. */
  maxAdmittedBytes?: number;
  /** Throws while nothing can be stored; asked before a body is read. */
  check?(): void;
  /** Environment of the key that sent the request; throws where the key is wrong. */
  environmentOf(request: Request): number | Promise<number>;
}

const MAX_ADMITTED_BYTES = 64 * 1024 * 1024;

/** `POST /v1/events`. It reads the raw body itself: no body parser may come before it. */
export function eventRoutes(ingest: Ingest, options: EventRouteOptions): Router {
  const admission = createAdmission(options.maxAdmittedBytes ?? MAX_ADMITTED_BYTES);
  const router = express.Router();
  router.post('/v1/events', async (request, response) => {
    if (admission.isFull()) {
      discardRest(request, options.maxBodyBytes);
      return refuse(response);
    }
    const environmentId = await options.environmentOf(request);
    options.check?.();
    const sentAt = readSentAt(request.get('assay-sent-at'));
    const answer = await withBody(request, admission, options.maxBodyBytes, (body) =>
      ingest.accept(environmentId, body, sentAt),
    );
    response.status(202).json(answer);
  });
  return router;
}

/** Ready to send: of four times the load that can be stored most is refused, which must cost next to nothing. */
const REFUSAL = JSON.stringify(overloaded().body());
const REFUSAL_HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(REFUSAL),
  'Retry-After': '1',
};

function refuse(response: Response): void {
  batchesTotal.inc({ result: 'overloaded' });
  response.writeHead(429, REFUSAL_HEADERS).end(REFUSAL);
}

/** The client's clock in ms since 1970; what is no such number is ignored, as if it were not sent. */
function readSentAt(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
