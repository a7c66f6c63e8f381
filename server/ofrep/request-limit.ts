import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { AssayError } from '../http/errors.ts';

/** Refuses what comes beyond `perSecond` in one second of one key; null when that is 0. */
export function requestLimit(perSecond: number, keyOf: (request: Request) => string): RequestHandler | null {
  if (perSecond === 0) return null;
  return rateLimit({
    windowMs: 1_000,
    limit: Math.ceil(perSecond),
    keyGenerator: keyOf,
    standardHeaders: false,
    legacyHeaders: false,
    handler: () => {
      const message =
        'This key sends more requests than the server allows: wait a second. ASSAY_OFREP_REQUESTS_PER_SECOND sets how many.';
      throw new AssayError('too_many_requests', message, { retryAfterSeconds: 1 });
    },
  });
}
