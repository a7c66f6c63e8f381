import type { BatchAnswer } from './events.ts';
import type { Gzip } from './gzip.ts';
import { describe } from './problems.ts';

/** What the SDK needs of `fetch`. */
export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** An answer that is there as a whole. */
export type WholeAnswer = Pick<Response, 'status' | 'headers' | 'text' | 'json'>;
export type Send = (input: string, init?: RequestInit) => Promise<WholeAnswer>;

/** Every request is given up after this time, its body included. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A Retry-After beyond this is taken for a mistake. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** An answer that goes on beyond this is not from Assay, and must not fill the memory. */
const MAX_BODY_CHARACTERS = 64 * 1024 * 1024;
/** Of error codes: they are kept to count by. */
const MAX_CODE_CHARACTERS = 64;

/** Rejects, and aborts the request, when the whole answer is not there in time; the answer comes back fully read. */
export const withTimeout =
  (timeoutMs: number) =>
  (next: Fetch): Send =>
  async (input, init = {}) => {
    const controller = new AbortController();
    const abort = () => controller.abort(init.signal?.reason);
    init.signal?.addEventListener('abort', abort);
    let timer: unknown;
    const expired = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
      const late = () => controller.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError'));
      timer = unrefTimer(setTimeout(late, timeoutMs));
    });
    try {
      if (init.signal?.aborted) abort();
      const { signal } = controller;
      const whole = async () => readWhole(await next(input, { ...init, signal }), signal);
      return await Promise.race([whole(), expired]);
    } finally {
      clearTimeout(timer as ReturnType<typeof setTimeout>);
      init.signal?.removeEventListener('abort', abort);
    }
  };

/** Sends the key of the project's environment. */
export const withKey =
  (key: string) =>
  <Answer>(next: (input: string, init?: RequestInit) => Promise<Answer>) =>
  (input: string, init: RequestInit = {}): Promise<Answer> =>
    next(input, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` } });

/** Lets the process end although the timer is pending, where the platform can (Node). */
export function unrefTimer<T>(timer: T): T {
  if (typeof timer === 'object' && timer !== null) (timer as { unref?: () => void }).unref?.();
  return timer;
}

/** Reads the body within the time limit: a connection may stall after its headers. */
async function readWhole(response: Response, signal: AbortSignal): Promise<WholeAnswer> {
  const { status, headers } = response;
  const body = status === 204 || status === 304 ? '' : await readText(response, signal);
  // A Response would be encoded and decoded once more.
  return { status, headers, text: async () => body, json: async () => JSON.parse(body) };
}

async function readText(response: Response, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader?.();
  if (!reader) return response.text();
  const stop = () => void reader.cancel().catch(() => {});
  // Some fetch functions mind no signal.
  signal.addEventListener('abort', stop);
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length <= MAX_BODY_CHARACTERS) continue;
    stop();
    throw new RangeError('the answer is too long');
  }
}

/** What an answer to a batch asks the batcher to do. */
export type Delivery =
  | { kind: 'done'; answer: BatchAnswer }
  | { kind: 'drop'; code: string; message: string }
  | { kind: 'unauthorized'; code: string; message: string }
  | { kind: 'repeat'; code: string; message: string; retryAfterMs: number | null };

/** One attempt to deliver a sealed batch, compressed if `gzip` does. Never rejects. */
export async function postBatch(
  send: Send,
  url: string,
  body: string,
  now: () => number,
  gzip: Gzip | null = null,
): Promise<Delivery> {
  const post = (content: string | Uint8Array<ArrayBuffer>) => {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'assay-sent-at': String(Math.round(now())),
    };
    if (typeof content !== 'string') headers['content-encoding'] = 'gzip';
    return send(`${url}/v1/events`, { method: 'POST', headers, body: content });
  };
  try {
    const packed = gzip && (await gzip.pack(body));
    let response = await post(packed ?? body);
    // Some proxies take no compressed requests, or spoil them: no batch is lost to that.
    if (packed && (response.status === 400 || response.status === 415)) {
      gzip.giveUp();
      response = await post(body);
    }
    return readDelivery(response, await response.text(), now());
  } catch (cause) {
    const message = `The server at ${url} could not be reached (${describe(cause)}); the batch is repeated.`;
    return { kind: 'repeat', code: 'unreachable', message, retryAfterMs: null };
  }
}

function readDelivery(response: WholeAnswer, text: string, now: number): Delivery {
  const { status } = response;
  const body = readJson(text);
  if (status === 202) return { kind: 'done', answer: readBatchAnswer(body) };
  const { code, message } = readError(body, status);
  if (status === 400 || status === 413 || status === 422) return { kind: 'drop', code, message };
  if (status === 401 || status === 403) return { kind: 'unauthorized', code: 'unauthorized', message };
  return { kind: 'repeat', code, message, retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now) };
}

/** Seconds or an HTTP date, as ms from now; null when absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : null;
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** 202 says that the batch is committed, whatever else can be read of it. */
function readBatchAnswer(body: Record<string, unknown>): BatchAnswer {
  const rejected = (Array.isArray(body.rejected) ? body.rejected : []).map((entry: unknown) => {
    const { index, code, message } = (entry ?? {}) as Record<string, unknown>;
    return {
      index: typeof index === 'number' ? index : -1,
      code: readCode(code) ?? 'rejected',
      message: typeof message === 'string' ? message : '',
    };
  });
  return { accepted: typeof body.accepted === 'number' ? body.accepted : 0, repeat: body.repeat === true, rejected };
}

function readError(body: Record<string, unknown>, status: number): { code: string; message: string } {
  const error = (typeof body.error === 'object' && body.error !== null ? body.error : body) as Record<string, unknown>;
  const code = readCode(error.code) ?? `http_${status}`;
  return { code, message: typeof error.message === 'string' ? error.message : `The server answered ${status}.` };
}

const readCode = (code: unknown): string | null =>
  typeof code === 'string' && code.length <= MAX_CODE_CHARACTERS ? code : null;
