import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../app.ts';
import { AssayError } from '../http/errors.ts';
import { HTTP_LIMITS } from '../http/http-limits.ts';
import { createIngest, type Ingest } from '../ingest/ingest.ts';
import type { Front } from './front.ts';

/** Time that requests in flight get when the server stops. */
const STOP_MS = 10_000;
const STARTING = new AssayError('starting', 'The server is starting: try again in a second.');

/** HTTP served by this process. */
export function ownFront(): Front & { server: Server } {
  let answer: RequestListener = answerStarting;
  let ingest: Ingest | null = null;
  let stopping = false;
  const unanswered = new Set<ServerResponse>();
  const server = createServer(HTTP_LIMITS, (request, response) => {
    if (stopping) response.setHeader('Connection', 'close');
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    answer(request, response);
  });

  return {
    server,
    async open(services) {
      ingest = createIngest({
        pool: services.pool,
        catalogue: services.rulesets,
        now: () => services.now().getTime(),
      });
      answer = createApp(services, ingest, () => stopping);
    },
    async close() {
      stopping = true;
      // A worker's server does not listen: its connections are handed to it.
      if (server.listening) server.close();
      server.closeIdleConnections();
      for (const response of unanswered) if (!response.headersSent) response.setHeader('Connection', 'close');
      const deadline = performance.now() + STOP_MS;
      await ingest?.drain();
      while (unanswered.size > 0 && performance.now() < deadline) await sleep(10);
      server.closeAllConnections();
    },
  };
}

/** The connection ends with it: the next one goes to whoever serves then. */
export function answerStarting(_request: unknown, response: ServerResponse): void {
  response.writeHead(STARTING.status, { 'Retry-After': '1', 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify(STARTING.body()));
}
