import { type Pause, pause } from './pause.ts';
import { describe, type ProblemLog } from './problems.ts';
import type { ServerSentEvent } from './sse-parser.ts';
import { followStream } from './stream-source.ts';
import { type Fetch, retryAfterMs, type Send, type WholeAnswer } from './transport.ts';

const FIRST_RETRY_MS = 250;
const UNAUTHORIZED_WAIT_MS = 60_000;
/** Polling beside a living stream: heartbeats show that it lives, not that nothing was lost on the way. */
const SAFETY_POLL_MS = 300_000;
/** Clients that missed a change do not all fetch in the same moment. */
const CATCH_UP_MS = 300;
/** The stream's server is behind what is in force here: it polls every 250 ms and will tell. */
const LAGGING_MS = 1000;

export interface RulesetSourceOptions {
  send: Send;
  /** Fetch with the key, without a time limit: for the stream. */
  open: Fetch;
  /** Whether changes are streamed; otherwise they are polled for. */
  stream: boolean;
  url: string;
  pollEveryMs: number;
  problems: ProblemLog;
  now: () => number;
  random: () => number;
  /** Takes a new ruleset; false when it is malformed. */
  onRuleset: (ruleset: unknown) => boolean;
  /** Takes a change; false when it does not fit the ruleset in force. */
  onPatch: (patch: unknown) => boolean;
  /** The ruleset in force was the current one so many ms ago. */
  onConfirmed: (ageMs: number) => void;
  /** Of the ruleset in force. */
  version: () => number;
}

export interface RulesetSource {
  /** Resolves when the server has answered, be it with a refusal; while it cannot be reached, it waits. */
  answered: Promise<void>;
  stop(): void;
}

/** `answered`: waiting longer at start would change nothing. */
interface Poll {
  ok: boolean;
  answered: boolean;
  waitMs: number | null;
}

/** What is in force, and what the living stream says is. */
interface Tags {
  inForce: string | null;
  /** Null: no stream lives. */
  stream: string | null;
}

/**
 * Keeps the ruleset current: fetched now; then by a stream of changes, and while none lives by polling with ETag, jitter
 * and back-off. Whenever the stream names another ETag than that in force and brings no fitting patch, all is fetched.
 */
export function startRulesetSource(options: RulesetSourceOptions): RulesetSource {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tags: Tags = { inForce: null, stream: null };
  const nap = replannableNap(signal);
  let tellAnswered = () => {};
  const answered = new Promise<void>((resolve) => {
    tellAnswered = resolve;
  });

  async function run(): Promise<void> {
    let failures = 0;
    let behind = 0;
    let following = !options.stream;
    while (!signal.aborted) {
      const poll = await pollOnce(options, tags, signal);
      if (poll.answered) tellAnswered();
      failures = poll.ok ? 0 : failures + 1;
      behind = poll.ok && tags.stream !== null && !isCurrent(tags) ? behind + 1 : 0;
      if (poll.ok && !following) {
        following = true;
        const follower = { ...options, onEvent, onDown };
        void followStream(follower, signal);
      }
      await nap.take(behind > 0 ? catchUpDelay(options, behind) : nextDelay(options, tags, failures, poll.waitMs));
    }
  }

  function onEvent({ type, data, id }: ServerSentEvent): void {
    if (type === 'comment') {
      const ageMs = Number(data);
      if (isCurrent(tags)) options.onConfirmed(ageMs > 0 && Number.isFinite(ageMs) ? ageMs : 0);
      return;
    }
    const message = JSON.parse(data) as { version?: unknown };
    const fits = isCurrent(tags);
    // It is to travel in a header; one that cannot is of no ruleset.
    tags.stream = /^[\x20-\x7e]*$/.test(id) ? id : '';
    if (type === 'patch' && fits && !isCurrent(tags) && options.onPatch(message)) tags.inForce = id;
    if (isCurrent(tags)) {
      options.onConfirmed(0);
      nap.plan(nextDelay(options, tags, 0, null));
    } else {
      const isLagging = type === 'version' && Number(message.version) < options.version();
      nap.plan((isLagging ? LAGGING_MS : 0) + catchUpDelay(options, 1));
    }
  }

  function onDown(): void {
    if (tags.stream === null) return;
    tags.stream = null;
    nap.plan(nextDelay(options, tags, 0, null));
  }

  void run();
  return { answered, stop: () => stopping.abort() };
}

/** The stream and this client speak of the same ruleset; proxies that compress make an ETag weak. */
function isCurrent({ inForce, stream }: Tags): boolean {
  const opaque = (tag: string) => tag.replace(/^W\//, '');
  return inForce !== null && stream !== null && opaque(inForce) === opaque(stream);
}

/** A wait that `plan` replaces by another one, counted from that moment. */
function replannableNap(signal: AbortSignal): { take(ms: number): Promise<void>; plan(ms: number): void } {
  let wait: Pause | null = null;
  let planned: number | null = null;
  signal.addEventListener('abort', () => wait?.end());
  return {
    async take(ms) {
      for (let left: number | null = ms; left !== null && !signal.aborted; left = planned) {
        planned = null;
        wait = pause(left);
        await wait.over;
      }
      wait = null;
    },
    plan(ms) {
      planned = ms;
      wait?.end();
    },
  };
}

/** Full jitter up to 300 ms, doubling up to the polling interval where servers disagree. */
function catchUpDelay({ pollEveryMs, random }: RulesetSourceOptions, attempt: number): number {
  return random() * Math.min(pollEveryMs, CATCH_UP_MS * 2 ** Math.min(attempt - 1, 20));
}

/** ±10 % around the interval; after failures full jitter from a quarter second up to the interval. */
function nextDelay(
  { pollEveryMs, random }: RulesetSourceOptions,
  { stream }: Tags,
  failures: number,
  leastMs: number | null,
): number {
  if (failures > 0) {
    const longest = Math.min(pollEveryMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
    return Math.max(leastMs ?? 0, random() * longest);
  }
  const interval = stream === null ? pollEveryMs : Math.max(pollEveryMs, SAFETY_POLL_MS);
  return interval * (0.9 + 0.2 * random());
}

async function pollOnce(options: RulesetSourceOptions, tags: Tags, signal: AbortSignal): Promise<Poll> {
  const done: Poll = { ok: true, answered: true, waitMs: null };
  const asked = tags.inForce;
  try {
    const headers: Record<string, string> = asked === null ? {} : { 'if-none-match': asked };
    const response = await options.send(`${options.url}/v1/ruleset`, { headers, signal });
    if (response.status !== 200 && response.status !== 304) return refused(options, response);
    // A patch was faster: this answer may be of before it.
    if (tags.inForce !== asked) return done;
    if (response.status === 304) {
      options.onConfirmed(0);
      return done;
    }
    const ruleset: unknown = await response.json();
    if (!options.onRuleset(ruleset)) return { ...done, ok: false };
    tags.inForce = response.headers.get('etag');
    return done;
  } catch (cause) {
    if (signal.aborted) return { ok: false, answered: true, waitMs: null };
    const message = `No ruleset from ${options.url} (${describe(cause)}); decisions go on with the last one.`;
    options.problems.report({ code: 'ruleset_unreachable', message, cause });
    return { ok: false, answered: false, waitMs: null };
  }
}

function refused({ problems, now, url }: RulesetSourceOptions, { status, headers }: WholeAnswer): Poll {
  if (status === 401 || status === 403) {
    const message = `${url} refused the key (${status}): use an SDK key of this server.`;
    problems.report({ code: 'unauthorized', message });
    return { ok: false, answered: true, waitMs: UNAUTHORIZED_WAIT_MS };
  }
  const message = `${url}/v1/ruleset answered ${status}; decisions go on with the last ruleset.`;
  problems.report({ code: 'ruleset_unavailable', message }, String(status));
  return { ok: false, answered: false, waitMs: retryAfterMs(headers.get('retry-after'), now()) };
}
