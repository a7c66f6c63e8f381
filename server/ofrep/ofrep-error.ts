import type { AssayError, ErrorCode } from '../http/errors.ts';
import type { EvaluationFailure } from './ofrep-contract.ts';

type OfrepErrorCode = EvaluationFailure['errorCode'];

/** An evaluation that fails by what was asked. */
export class OfrepError extends Error {
  override readonly name = 'OfrepError';
  readonly status: 400 | 404;
  constructor(
    readonly code: OfrepErrorCode,
    message: string,
  ) {
    super(message);
    this.status = code === 'FLAG_NOT_FOUND' ? 404 : 400;
  }
}

/** Ours in the protocol's words. Its document knows 400, 401, 403, 404, 429 and 500, and providers read nothing else. */
const AS_OFREP: Partial<Record<ErrorCode, [number, OfrepErrorCode]>> = {
  invalid_request: [400, 'PARSE_ERROR'],
  unsupported_media_type: [400, 'PARSE_ERROR'],
  body_too_large: [400, 'INVALID_CONTEXT'],
  unauthenticated: [401, 'GENERAL'],
  forbidden: [403, 'GENERAL'],
  not_found: [404, 'GENERAL'],
  too_many_requests: [429, 'GENERAL'],
};

export interface OfrepFailure {
  status: number;
  retryAfterSeconds: number | undefined;
  body: EvaluationFailure;
}

/** @param key of the flag that was asked for; null where it was all of them */
export function ofrepFailure(error: AssayError | OfrepError, key: string | null): OfrepFailure {
  const [status, errorCode] =
    'body' in error ? (AS_OFREP[error.code] ?? ([500, 'GENERAL'] as const)) : ([error.status, error.code] as const);
  return {
    status,
    retryAfterSeconds: 'body' in error ? error.options.retryAfterSeconds : undefined,
    body: { ...(key === null ? {} : { key }), errorCode, errorDetails: error.message },
  };
}
