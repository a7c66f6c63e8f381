import { pause } from './pause.ts';
import type { ProblemLog } from './problems.ts';
import { type Fetch, retryAfterMs } from './transport.ts';

const FIRST_RETRY_MS = 250;
const UNAUTHORIZED_WAIT_MS = 60_000;

export interface RulesetSourceOptions {
  send: Fetch;
  url: string;
  pollEveryMs: number;
  problems: ProblemLog;
  now: () => number;
  random: () => number;
  /** Takes a new ruleset; false when it is malformed. */
  onRuleset: (ruleset: unknown) => boolean;
  /** The ruleset in force is the server's current one. */
  onConfirmed: () => void;
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

/** Fetches the ruleset now and then again and again, with ETag, jitter and back-off. */
export function startRulesetSource(options: RulesetSourceOptions): RulesetSource {
  const stopping = new AbortController();
  let tellAnswered = () => {};
  const answered = new Promise<void>((resolve) => {
    tellAnswered = resolve;
  });

  async function run(): Promise<void> {
    const etag: { value: string | null } = { value: null };
    let failures = 0;
    while (!stopping.signal.aborted) {
      const poll = await pollOnce(options, etag, stopping.signal);
      if (poll.answered) tellAnswered();
      failures = poll.ok ? 0 : failures + 1;
      const wait = pause(Math.max(poll.waitMs ?? 0, nextDelay(options, failures)));
      stopping.signal.addEventListener('abort', wait.end, { once: true });
      if (stopping.signal.aborted) wait.end();
      await wait.over;
      stopping.signal.removeEventListener('abort', wait.end);
    }
  }

  void run();
  return { answered, stop: () => stopping.abort() };
}

/** ±10 % around the interval; after failures full jitter from a quarter second up to the interval. */
function nextDelay({ pollEveryMs, random }: RulesetSourceOptions, failures: number): number {
  if (failures === 0) return pollEveryMs * (0.9 + 0.2 * random());
  return random() * Math.min(pollEveryMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
}

async function pollOnce(
  options: RulesetSourceOptions,
  etag: { value: string | null },
  signal: AbortSignal,
): Promise<Poll> {
  try {
    const headers: Record<string, string> = etag.value === null ? {} : { 'if-none-match': etag.value };
    const response = await options.send(`${options.url}/v1/ruleset`, { headers, signal });
    if (response.status === 304) {
      options.onConfirmed();
      return { ok: true, answered: true, waitMs: null };
    }
    if (response.status !== 200) return refused(options, response);
    if (!options.onRuleset(await response.json())) return { ok: false, answered: true, waitMs: null };
    etag.value = response.headers.get('etag');
    return { ok: true, answered: true, waitMs: null };
  } catch (cause) {
    if (signal.aborted) return { ok: false, answered: true, waitMs: null };
    const message = `No ruleset from ${options.url} (${String(cause)}); decisions go on with the last one.`;
    options.problems.report({ code: 'ruleset_unreachable', message, cause });
    return { ok: false, answered: false, waitMs: null };
  }
}

function refused({ problems, now, url }: RulesetSourceOptions, { status, headers }: Response): Poll {
  if (status === 401 || status === 403) {
    const message = `${url} refused the key (${status}): use an SDK key of this server.`;
    problems.report({ code: 'unauthorized', message });
    return { ok: false, answered: true, waitMs: UNAUTHORIZED_WAIT_MS };
  }
  const message = `${url}/v1/ruleset answered ${status}; decisions go on with the last ruleset.`;
  problems.report({ code: 'ruleset_unavailable', message }, String(status));
  return { ok: false, answered: false, waitMs: retryAfterMs(headers.get('retry-after'), now()) };
}
