/** The one error class of the server and the one table from code to HTTP status (design: docs/adr/0004). */

const STATUS = {
  invalid_request: 400,
  malformed_batch: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  not_possible_now: 409,
  would_move_units: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  batch_too_old: 422,
  clock_ahead: 422,
  too_many_requests: 429,
  overloaded: 429,
  internal: 500,
  database_away: 503,
  disk_full: 503,
  starting: 503,
  stopping: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

export interface ErrorDetail {
  path: string;
  message: string;
}

/** An error that a caller may see: what is wrong, where, and what to do. */
export class AssayError extends Error {
  readonly status: number;
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: { details?: ErrorDetail[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AssayError';
    this.status = STATUS[code];
  }

  body(): { error: { code: string; message: string; details?: ErrorDetail[] } } {
    const { details } = this.options;
    return { error: { code: this.code, message: this.message, ...(details ? { details } : {}) } };
  }
}

/** SQLSTATE classes and socket errors that mean "the database is away or full, the request itself was fine". */
export function isDatabaseAway(error: unknown): boolean {
  const code = errorCode(error);
  if (/^(53|57P|08)/.test(code)) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(code)) return true;
  const message = error instanceof Error ? error.message : '';
  return /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i.test(
    message,
  );
}

/** SQLSTATE of a database that finds no room for what it is to write. */
const NO_SPACE = '53100';

export function databaseAway(cause: unknown): AssayError {
  if (errorCode(cause) === NO_SPACE) {
    const message = 'The disk of the database is full. Nothing was stored: make room, and send the same request again.';
    return new AssayError('disk_full', message, { retryAfterSeconds: 10, cause });
  }
  return new AssayError('database_away', 'The database is away. Nothing was stored; send the same request again.', {
    retryAfterSeconds: 2,
    cause,
  });
}

/** `code` of a pg or socket error, '' when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return '';
}
