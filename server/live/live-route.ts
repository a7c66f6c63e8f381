import { z } from 'zod';
import { AssayError } from '../http/errors.ts';
import { eventStreams } from '../http/event-streams.ts';
import { type Authenticate, type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { liveWatch } from './live-watch.ts';

/** Of one process: a page in view holds one. Beyond it pages ask at intervals. */
const MAX_STREAMS = 1_000;

/** What tells open pages of the dashboard that something changed. */
export function liveRoute(services: Services, authenticate: Authenticate): Route {
  const streams = eventStreams({
    check: async (request) => void (await authenticate(request, 'admin')),
    // An event, not a comment: a page cannot see comments, and so not that a connection is dead.
    heartbeat: () => 'event: beat\ndata: {}\n\n',
  });
  const watch = liveWatch(services, {
    isWatched: () => streams.size() > 0,
    tell: (environmentId, change) => streams.send(environmentId, `event: change\ndata: ${JSON.stringify(change)}\n\n`),
  });
  services.rulesets.listen({
    changed: () => undefined,
    stopped() {
      watch.stop();
      streams.end();
    },
  });
  return route({
    method: 'get',
    path: '/api/stream',
    tag: 'Reports',
    summary: 'Server-sent events that tell what changed, for as long as it is open: names, never numbers.',
    auth: 'admin',
    answer: z.string().meta({
      description:
        'text/event-stream. `ready` comes once what happens from then on will be told: ask for what you show after it. `change` carries {experiments, slots, metrics, audit}: the keys of experiments whose life cycle or numbers changed, and whether others did; at most one a second. `beat` comes every 10 s: 25 s without a byte, connect again.',
    }),
    async handle({ principal, request, response }) {
      if (streams.size() >= MAX_STREAMS) {
        const message = 'Too many streams are open: ask at intervals, or connect again in a minute.';
        throw new AssayError('too_many_requests', message, { retryAfterSeconds: 60 });
      }
      await watch.begin();
      streams.open({ environmentId: principal.environmentId, request, response }, 'event: ready\ndata: {}\n\n');
      return '';
    },
  });
}
