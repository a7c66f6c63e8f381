import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { AssayError, databaseAway, errorCode, isDatabaseAway } from './errors.ts';

/** Foreign errors become ours here, once; everything unknown is a logged 500 that gives nothing away. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const known = translate(error);
    // That the database is away is logged once by the background work, not for every request that meets it.
    const level = known.code === 'internal' ? 'error' : 'debug';
    log[level]({ err: error, path: request.path }, known.message);
    if (response.headersSent) return next(error);
    if (known.options.retryAfterSeconds) response.set('Retry-After', String(known.options.retryAfterSeconds));
    response.status(known.status).json(known.body());
  };
}

export const notFound: RequestHandler = (request) => {
  throw new AssayError('not_found', `There is no ${request.method} ${request.path}. The API is described at /docs.`);
};

/** The query builder wraps the database's error. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

export function translate(error: unknown): AssayError {
  if (error instanceof AssayError) return error;
  const root = rootOf(error);
  if (isDatabaseAway(root)) return databaseAway(root);
  if (errorCode(root).startsWith('22')) {
    const reason = root instanceof Error ? root.message : '';
    return new AssayError('invalid_request', `The request holds a value that cannot be stored: ${reason}.`, {
      cause: error,
    });
  }
  if (root instanceof RangeError && root.message.includes('call stack')) {
    return new AssayError('invalid_request', 'The request is nested too deeply: make it flatter.', { cause: error });
  }
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  if (type === 'entity.too.large') {
    return new AssayError('body_too_large', 'The request body is too large: send less at once.');
  }
  if (type === 'entity.parse.failed') {
    return new AssayError('invalid_request', 'The request body is not valid JSON.', { cause: error });
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new AssayError('unsupported_media_type', 'Send application/json in UTF-8, plain, gzip or deflate.');
  }
  // The body parser gives what it does not name the status alone: a body that is not what its Content-Encoding says.
  const isUnreadable = typeof error === 'object' && error !== null && 'status' in error && error.status === 400;
  if (type.startsWith('request.') || error instanceof URIError || isUnreadable) {
    return new AssayError('invalid_request', 'The request could not be read: send it again in full.', { cause: error });
  }
  return new AssayError('internal', 'Something failed on our side; it has been logged.', { cause: error });
}
