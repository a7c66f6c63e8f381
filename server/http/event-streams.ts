import type { Request, Response } from 'express';
import { AssayError } from './errors.ts';

const HEARTBEAT_MS = 10_000;
/** How often the key of an open stream is looked up again: a revoked one ends within a minute. */
const KEY_CHECK_MS = 30_000;
/** What a client that does not read may leave in our memory; then it is cut off, and fetches all when it is back. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Wait of a browser's EventSource before it comes back. */
const RETRY_MS = 1000;

export interface StreamClient {
  environmentId: number;
  request: Request;
  response: Response;
}

export interface EventStreams {
  /** Answers with a stream that stays open, and `opening` as its first text. */
  open(client: StreamClient, opening: string): void;
  /** Sends a text to everyone who listens to an environment. */
  send(environmentId: number, text: string): void;
  /** How many are open. */
  size(): number;
  /** Ends all, and opens no more. */
  end(): void;
}

/** Open streams of server-sent events: a heartbeat, keys that are looked up again, and clients that do not read cut off. */
export function eventStreams(options: {
  /** Refuses, by throwing, whoever may no longer listen; asked again while a stream is open. */
  check(request: Request): Promise<void>;
  heartbeat(): string;
}): EventStreams {
  const clients = new Set<StreamClient>();
  let stopped = false;

  function write({ response }: StreamClient, text: string): void {
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    else response.write(text);
  }

  async function checkKeys(): Promise<void> {
    // One after the other: the first of each key asks the database, the rest its answer.
    for (const client of clients) {
      try {
        await options.check(client.request);
      } catch (error) {
        // While the database is away keys stay good.
        if (error instanceof AssayError && error.status < 500) client.response.end();
      }
    }
  }

  const heartbeat = setInterval(() => {
    const text = options.heartbeat();
    for (const client of clients) write(client, text);
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

  return {
    open(client, opening) {
      if (stopped) throw new AssayError('stopping', 'The server is stopping: connect again in a second.');
      const { response } = client;
      // A proxy must neither keep parts back nor compress them together.
      response.set({ 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
      response.type('text/event-stream').status(200);
      response.write(`retry: ${RETRY_MS}\n${opening || '\n'}`);
      clients.add(client);
      response.on('close', () => clients.delete(client));
    },
    send(environmentId, text) {
      for (const client of clients) {
        if (client.environmentId === environmentId) write(client, text);
      }
    },
    size: () => clients.size,
    end() {
      stopped = true;
      clearInterval(heartbeat);
      clearInterval(keyCheck);
      for (const { response } of clients) response.end();
    },
  };
}
