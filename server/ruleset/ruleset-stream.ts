import type { Request, Response } from 'express';
import { AssayError } from '../http/errors.ts';
import type { CompiledRuleset, RulesetSource } from './ruleset-watch.ts';

const HEARTBEAT_MS = 10_000;
/** How often the key of an open stream is looked up again: a revoked one ends within a minute. */
const KEY_CHECK_MS = 30_000;
/** What a client that does not read may leave in our memory; then it is cut off, and fetches all when it is back. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Wait of a browser's EventSource before it comes back. */
const RETRY_MS = 1000;

export interface RulesetStreams {
  /** Answers with a stream that stays open. */
  open(environmentId: number, request: Request, response: Response): Promise<void>;
  /** How many are open. */
  size(): number;
}

/** What is told, and to whom. */
export interface StreamFormat {
  /** Refuses, by throwing, whoever may no longer listen; asked again while a stream is open. */
  check(request: Request): Promise<void>;
  /** First text of a stream. */
  opening(current: CompiledRuleset, request: Request): string;
  /** Text of a change. */
  change(before: CompiledRuleset, after: CompiledRuleset): string;
}

interface Client {
  environmentId: number;
  request: Request;
  response: Response;
}

/**
 * Server-sent events of changes. The id of an event is the ETag of the ruleset after it, so that a client knows what it
 * has. A heartbeat is a comment with the age of the ruleset here, in ms since the database confirmed it.
 */
export function rulesetStreams(rulesets: RulesetSource, format: StreamFormat): RulesetStreams {
  const clients = new Set<Client>();
  let stopped = false;

  function send(client: Client, text: string): void {
    if (client.response.writableLength > MAX_UNREAD_BYTES) client.response.destroy();
    else client.response.write(text);
  }

  async function checkKeys(): Promise<void> {
    // One after the other: the first of each key asks the database, the rest its answer.
    for (const client of clients) {
      try {
        await format.check(client.request);
      } catch (error) {
        // While the database is away keys stay good.
        if (error instanceof AssayError && error.status < 500) client.response.end();
      }
    }
  }

  const heartbeat = setInterval(() => {
    const text = `: ${rulesets.ageMs()}\n\n`;
    for (const client of clients) send(client, text);
  }, HEARTBEAT_MS);
  let checking = false;
  const keyCheck = setInterval(() => {
    if (checking) return;
    checking = true;
    void checkKeys().finally(() => {
      checking = false;
    });
  }, KEY_CHECK_MS);
  heartbeat.unref();
  keyCheck.unref();

  rulesets.listen({
    changed(environmentId, before, after) {
      const text = format.change(before, after);
      for (const client of clients) {
        if (client.environmentId === environmentId) send(client, text);
      }
    },
    stopped() {
      stopped = true;
      clearInterval(heartbeat);
      clearInterval(keyCheck);
      for (const { response } of clients) response.end();
    },
  });

  return {
    async open(environmentId, request, response) {
      const current = await rulesets.ruleset(environmentId);
      if (stopped) throw new AssayError('stopping', 'The server is stopping: connect again in a second.');
      const client = { environmentId, request, response };
      // A proxy must neither keep parts back nor compress them together.
      response.set({ 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
      response.type('text/event-stream').status(200);
      response.write(`retry: ${RETRY_MS}\n${format.opening(current, request) || '\n'}`);
      clients.add(client);
      response.on('close', () => clients.delete(client));
    },
    size: () => clients.size,
  };
}
