import type { ErrorBody } from '../../server/contract/catalog.ts';

/** The server refused: what its error body says, with the HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: NonNullable<ErrorBody['error']['details']>;

  constructor(status: number, body: ErrorBody['error']) {
    super(body.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
    this.details = body.details ?? [];
  }
}

/** The server could not be reached, or did not answer in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Longer than the server takes for its slowest page. */
const timeoutMs = 15_000;

type Call = { method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; body?: unknown; signal?: AbortSignal };

/**
 * One call to the server of this origin. Pages and server are released together and the server's tests hold its
 * answers to the contract, so the JSON is taken as `T` without a second validation in the browser.
 */
export async function call<T>(path: string, { signal, ...rest }: Call = {}): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await send(path, { ...rest, signal: signal ? AbortSignal.any([signal, limit]) : limit }, signal);
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, errorOf(response.status, text));
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** An answer that comes in parts, and for as long as it takes. */
export async function answerOf(path: string, options: Call & { signal: AbortSignal }): Promise<Response> {
  const response = await send(path, options, options.signal);
  if (response.ok) return response;
  throw new ApiError(response.status, errorOf(response.status, await response.text()));
}

/** `asked`: what the caller ends it by, which is no failure. */
function send(path: string, { method = 'GET', body, signal }: Call, asked?: AbortSignal): Promise<Response> {
  return fetch(path, {
    method,
    credentials: 'same-origin',
    headers: body === undefined ? { accept: 'application/json' } : jsonHeaders,
    ...(signal ? { signal } : {}),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    if (asked?.aborted) throw cause;
    throw new NoAnswer('No answer from the server', { cause });
  });
}

const jsonHeaders = { accept: 'application/json', 'content-type': 'application/json' };

/** The contract's error body, or a stand-in when something else (a proxy) answered. */
function errorOf(status: number, text: string): ErrorBody['error'] {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorBody>;
    if (typeof error?.message === 'string') return error;
  } catch {
    // Not JSON: the stand-in below.
  }
  return { code: 'unexpected_answer', message: `The server answered with status ${status}.` };
}
