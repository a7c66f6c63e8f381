import { CliError, EXIT } from './cli-error.ts';
import type { Login } from './stored-logins.ts';

/** A report over many units may take its time; beyond this the server does not answer. */
const TIMEOUT_MS = 60_000;

/** The calls of the admin API; each throws a CliError that says what to do. */
export interface AdminApi {
  url: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

export function adminApi(login: Login): AdminApi {
  return {
    url: login.url,
    get: (path) => call(login, 'GET', path),
    send: (method, path, body) => call(login, method, path, body ?? {}),
  };
}

/** A path with its parts encoded: path`/api/slots/${key}`. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((text, part, i) => text + encodeURIComponent(values[i - 1] ?? '') + part);
}

async function call<T>({ url, key }: Login, method: string, where: string, body?: unknown): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url + where, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(url, error);
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer as T;
  throw refusal(url, response, answer);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, error: unknown): CliError {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CliError(`${url} did not answer within ${TIMEOUT_MS / 1000} s: look at the server, then try again.`);
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = (cause as NodeJS.ErrnoException).code || (cause instanceof Error ? cause.message : String(cause));
  return new CliError(`Cannot reach ${url} (${reason}): is the server running, and is this its address (--url)?`);
}

function refusal(url: string, { status }: Response, answer: unknown): CliError {
  const error = (answer as { error?: { code?: unknown; message?: unknown } } | undefined)?.error;
  if (typeof error?.message !== 'string') {
    return new CliError(`${url} answered ${status}, but not as Assay does: is this the address of its server (--url)?`);
  }
  const { message } = error;
  const facts = { code: String(error.code), status };
  if (status === 401 || status === 403) {
    const advice = 'Log in with an admin key: "assay login".';
    return new CliError(`${message} ${advice}`, { ...facts, exitCode: EXIT.notLoggedIn });
  }
  const isRefusal = status === 400 || status === 409 || status === 422;
  return new CliError(message, { ...facts, exitCode: isRefusal ? EXIT.refused : EXIT.error });
}
