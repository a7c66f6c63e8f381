import type { Request, Response } from 'express';
import { findKeyById } from '../auth/key-store.ts';
import { AssayError } from '../http/errors.ts';
import { type RulesetStreams, rulesetStreams } from '../ruleset/ruleset-stream.ts';
import type { CompiledRuleset } from '../ruleset/ruleset-watch.ts';
import type { Services } from '../services.ts';
import { isTokenOf, keyIdOf } from './stream-token.ts';

/** Below the path of the protocol. */
export const STREAM_PATH = '/v1/stream';
/** Of one process: every browser holds one. Beyond it answers name no stream, and providers poll. */
const MAX_STREAMS = 10_000;

export interface ChangeStreams {
  open(request: Request, response: Response): Promise<void>;
  isFull(): boolean;
}

/**
 * Event streams of the protocol: they tell that evaluations are to be fetched again, never what changed. A client whose
 * last event is not what is in force is told at once, so that a change while it connects is not lost.
 */
export function changeStreams({ db, rulesets, now }: Services): ChangeStreams {
  async function environmentOf(request: Request): Promise<number> {
    const token = String(request.query.token ?? '');
    const id = keyIdOf(token);
    const key = id === null ? null : await findKeyById(db, id, now());
    if (key === null || !isTokenOf(token, key.hash)) {
      throw new AssayError('unauthenticated', 'The address of this stream is out of date: evaluate all flags again.');
    }
    return key.environmentId;
  }

  const streams: RulesetStreams = rulesetStreams(rulesets, {
    check: async (request) => void (await environmentOf(request)),
    opening: (current, request) => (request.get('last-event-id') === current.body.etag ? '' : refetchEvent(current)),
    change: (_before, after) => refetchEvent(after),
  });

  return {
    async open(request, response) {
      const environmentId = await environmentOf(request);
      if (streams.size() >= MAX_STREAMS) {
        const message = 'Too many streams are open: poll, or connect again in a minute.';
        throw new AssayError('too_many_requests', message, { retryAfterSeconds: 60 });
      }
      await streams.open(environmentId, request, response);
    },
    isFull: () => streams.size() >= MAX_STREAMS,
  };
}

function refetchEvent({ body: { etag } }: CompiledRuleset): string {
  const data = JSON.stringify({ type: 'refetchEvaluation', etag });
  return `id: ${etag}\nevent: message\ndata: ${data}\n\n`;
}
