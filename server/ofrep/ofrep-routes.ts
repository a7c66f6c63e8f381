import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { uuid7 } from '../../sdk/index.ts';
import { keyOf } from '../auth/authenticate.ts';
import { translate } from '../http/error-handler.ts';
import { AssayError } from '../http/errors.ts';
import type { Authenticate, Principal } from '../http/route.ts';
import { matchesEtag } from '../ruleset/ruleset-body.ts';
import type { Services } from '../services.ts';
import { version } from '../version.ts';
import { bulkEtag } from './bulk-etag.ts';
import { caughtUp } from './caught-up.ts';
import { changeStreams, STREAM_PATH } from './change-streams.ts';
import { evaluateFlag, evaluateFlags } from './flag-evaluator.ts';
import type { BulkEvaluationSuccess } from './ofrep-contract.ts';
import { OfrepError, ofrepFailure } from './ofrep-error.ts';
import { readContext } from './read-context.ts';
import { requestLimit } from './request-limit.ts';
import { streamToken } from './stream-token.ts';

/** Far more than attributes need; a context is hashed and read for every flag. */
const MAX_BODY = '1mb';
/** A page out of sight for so long lets its stream go; the protocol's own default. */
const INACTIVITY_SECONDS = 120;

/**
 * The OpenFeature Remote Evaluation Protocol, mounted at /ofrep: any language's provider evaluates here. An evaluation
 * records nothing. Everything below the path answers in the protocol's words, errors too.
 */
export function ofrepRoutes(services: Services, authenticate: Authenticate): Router {
  const { rulesets, now, config } = services;
  const release = version();
  const streams = changeStreams(services);
  // Providers put the path behind the origin that they were given, which may be a proxy's with a path of its own.
  const prefix = config.publicUrl === undefined ? '' : new URL(config.publicUrl).pathname.replace(/\/$/, '');
  const router = express.Router();
  router.use(allowBrowsers);

  const limit = requestLimit(config.ofrepRequestsPerSecond / config.processes, (request) => keyOf(request) ?? '');
  const identify: RequestHandler = async (request, response, next) => {
    response.locals.principal = await authenticate(request, 'sdk');
    next();
  };
  const principalOf = (response: Response) => response.locals.principal as Principal;

  // Who asks and how often comes before the body, which costs more than both.
  const prepare = [identify, ...(limit ? [limit] : []), express.json({ limit: MAX_BODY })];

  router.post('/v1/evaluate/flags/:key', ...prepare, async (request: Request<{ key: string }>, response) => {
    const context = readContext(request.body);
    const { ruleset } = await rulesets.ruleset(principalOf(response).environmentId);
    const { key } = request.params;
    const flag = evaluateFlag(ruleset, key, context, uuid7(now().getTime()));
    if (flag === null)
      throw new OfrepError('FLAG_NOT_FOUND', `There is no slot ${JSON.stringify(key)}: correct the key.`);
    send(response, 200, flag);
  });

  router.post('/v1/evaluate/flags', ...prepare, async (request, response) => {
    const context = readContext(request.body);
    const { environmentId, keyId } = principalOf(response);
    const { ruleset, body } = await caughtUp(rulesets, environmentId, textOf(request.query.flagConfigEtag));
    const stream = `${prefix}/ofrep${STREAM_PATH}?token=${streamToken(keyId, keyOf(request) ?? '')}`;
    const etag = bulkEtag(release, body.etag, context, stream);
    response.set({ ETag: etag, 'Cache-Control': 'private, no-cache' });
    if (matchesEtag(request.get('if-none-match'), etag)) return void response.status(304).end();
    const { environment, version: number } = ruleset;
    const endpoint = { requestUri: stream };
    const answer: BulkEvaluationSuccess = {
      flags: evaluateFlags(ruleset, context, uuid7(now().getTime())),
      ...(streams.isFull()
        ? {}
        : { eventStreams: [{ type: 'sse', endpoint, inactivityDelaySec: INACTIVITY_SECONDS }] }),
      metadata: { environment, ruleset: number },
    };
    send(response, 200, answer);
  });

  router.get(STREAM_PATH, (request, response) => streams.open(request, response));

  router.use((request) => {
    const message = `There is no ${request.method} ${request.originalUrl}. The API is described at /docs.`;
    throw new AssayError('not_found', message);
  });
  router.use(errorsAsOfrep(services));
  return router;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** By hand: Express would make an ETag of every body. */
function send(response: Response, status: number, body: object): void {
  const json = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': json.length });
  response.end(json);
}

/** Pages of any origin may evaluate: the key is in a header that they set themselves, and a cookie is of no use here. */
const allowBrowsers: RequestHandler = (request, response, next) => {
  response.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'ETag, Retry-After' });
  if (request.method !== 'OPTIONS') return next();
  response.set({
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Authorization, X-API-Key, Content-Type, If-None-Match',
    'Access-Control-Max-Age': '7200',
  });
  response.status(204).end();
};

const FLAG_PATH = /^\/v1\/evaluate\/flags\/([^/]+)$/;

function errorsAsOfrep({ log }: Services): ErrorRequestHandler {
  return (error, request, response, next) => {
    const known = error instanceof OfrepError ? error : translate(error);
    log[known.code === 'internal' ? 'error' : 'debug']({ err: error, path: request.originalUrl }, known.message);
    if (response.headersSent) return next(error);
    const { status, retryAfterSeconds, body } = ofrepFailure(known, flagKeyOf(request.path));
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    send(response, status, body);
  };
}

/** The key of the path, as it stands there when it cannot be decoded. */
function flagKeyOf(path: string): string | null {
  const key = FLAG_PATH.exec(path)?.[1];
  if (key === undefined) return null;
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
