import { pause } from './pause.ts';
import type { ProblemLog } from './problems.ts';
import { type ServerSentEvent, sseParser } from './sse-parser.ts';
import { type Fetch, unrefTimer } from './transport.ts';

/** A server that is asked sends at once; what takes longer is kept back by a proxy. */
const FIRST_BYTE_MS = 5000;
/** Two heartbeats and a half without a byte: the connection is dead, whatever the socket says. */
const DEAD_MS = 25_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;
/** Where streams do not work: asked again now and then, for servers and proxies are updated. */
const UNSUPPORTED_WAIT_MS = 60_000;

export interface StreamOptions {
  /** Fetch with the key, without a time limit of its own. */
  open: Fetch;
  url: string;
  random: () => number;
  problems: ProblemLog;
  onEvent: (event: ServerSentEvent) => void;
  /** The stream has ended or never began; another attempt follows. */
  onDown: () => void;
}

/** lived: it brought heartbeats; unsupported: no such stream here, or nothing comes through. */
type End = 'lived' | 'failed' | 'unsupported';

/** Keeps one stream of changes open until the signal ends it. Never rejects. */
export async function followStream(options: StreamOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const end = await readStream(options, signal);
    options.onDown();
    failures = end === 'lived' ? 1 : failures + 1;
    const longest = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
    // Full jitter, so that the clients of a server that stops do not all come back in the same moment.
    const wait = pause(end === 'unsupported' ? UNSUPPORTED_WAIT_MS : options.random() * longest);
    signal.addEventListener('abort', wait.end, { once: true });
    if (signal.aborted) wait.end();
    await wait.over;
    signal.removeEventListener('abort', wait.end);
  }
}

async function readStream({ open, url, problems, onEvent }: StreamOptions, signal: AbortSignal): Promise<End> {
  const attempt = limitedAttempt(signal);
  let end: End = 'failed';
  let isFirst = true;
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await attempt.within(open(`${url}/v1/stream`, { headers, signal: attempt.signal }), FIRST_BYTE_MS);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (response.status === 200 ? !isStream : response.status < 500) return 'unsupported';
    if (response.status !== 200 || response.body === null) return 'failed';
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parse = sseParser((event) => {
      if (event.type === 'comment') end = 'lived';
      onEvent(event);
    });
    for (;;) {
      const { done, value } = await attempt.within(reader.read(), isFirst ? FIRST_BYTE_MS : DEAD_MS);
      if (done) return end;
      isFirst = false;
      parse(decoder.decode(value, { stream: true }));
    }
  } catch {
    if (!attempt.isLate() || !isFirst) return end;
    const message =
      `Nothing came through the stream of ${url} within ${FIRST_BYTE_MS} ms: polling goes on. ` +
      'Look for a proxy that keeps responses back, or set stream: false.';
    problems.report({ code: 'stream_blocked', message });
    return 'unsupported';
  } finally {
    attempt.end();
  }
}

/** Waits for one thing after another, each with a time limit, and ends them all when one is late or the signal comes. */
function limitedAttempt(signal: AbortSignal) {
  const controller = new AbortController();
  let late = false;
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  ended.catch(() => {});
  const end = () => controller.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return {
    signal: controller.signal,
    isLate: () => late,
    async within<T>(work: Promise<T>, ms: number): Promise<T> {
      const expire = () => {
        late = true;
        controller.abort();
      };
      const timer = unrefTimer(setTimeout(expire, ms));
      try {
        return await Promise.race([work, ended]);
      } finally {
        clearTimeout(timer);
      }
    },
    end() {
      signal.removeEventListener('abort', end);
      controller.abort();
    },
  };
}
