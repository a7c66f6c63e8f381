import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Authenticate, type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { patchEvents } from './patch-events.ts';
import { matchesEtag, type RulesetBody } from './ruleset-body.ts';
import { rulesetStreams } from './ruleset-stream.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const rules = z.array(z.object({ attribute: z.string(), operator: z.string(), values: z.array(scalar) }));
const split = z.array(
  z.object({
    variant: z.string(),
    upTo: z.int(),
    weight: z.number(),
    band: z.enum(['candidate', 'control', 'waiting']).optional(),
  }),
);

/** The ruleset for the API document; its TypeScript shape is sdk/ruleset.ts. */
export const rulesetSchema = z.object({
  rules: z.int().meta({ description: 'Version of the assignment rules' }),
  version: z.int(),
  environment: z.string(),
  slots: z.record(
    z.string(),
    z.object({
      output: z.enum(['value', 'ranking']),
      champion: z.string(),
      variants: z.record(z.string(), z.unknown()),
      timeoutMs: z.int(),
      fallback: z.enum(['champion']).nullable(),
      experiments: z.array(
        z.object({
          key: z.string(),
          layer: z.object({ salt: z.string(), from: z.int(), to: z.int() }),
          targeting: rules,
          audiences: z.record(z.string(), rules).optional().meta({ description: 'Those that `targeting` names' }),
          segments: z.array(z.string()),
          paused: z.boolean().meta({ description: 'Everyone it would take gets the champion, unrecorded' }),
          phase: z.object({
            id: z.int(),
            mode: z.enum(['shadow', 'canary', 'ab', 'bandit', 'interleave', 'holdout']),
            step: z.int(),
            salt: z.string(),
            assignment: z.enum(['hash', 'external']),
            sticky: z.object({ key: z.string(), version: z.int() }).optional().meta({
              description:
                'R8: a unit in the experiment keeps the variant remembered under this key and version, if the split has it',
            }),
            split,
            contexts: z
              .object({ attribute: z.string(), splits: z.record(z.string(), split) })
              .optional()
              .meta({ description: 'Bandits with a context: splits by value of the attribute, before `split`' }),
            shadow: z
              .object({
                referenceShare: z.number(),
                budgetMs: z.int().nullable(),
                maxInFlight: z.int(),
                compare: z.object({
                  kind: z.enum(['auto', 'number', 'label', 'object', 'ranking']),
                  ignore: z.array(z.string()),
                  tolerance: z.number(),
                  depth: z.int(),
                }),
              })
              .optional(),
            interleave: z.object({ depth: z.int() }).optional(),
          }),
        }),
      ),
    }),
  ),
});

export function rulesetRoutes({ rulesets }: Services, authenticate: Authenticate): Route[] {
  const streams = rulesetStreams(rulesets, patchEvents(authenticate));
  return [
    route({
      method: 'get',
      path: '/v1/ruleset',
      tag: 'SDK',
      summary: 'Everything an SDK needs to decide without a network call; answers 304 to a matching If-None-Match.',
      auth: 'sdk',
      answer: rulesetSchema,
      async handle({ principal, request, response }) {
        const { ruleset, body } = await rulesets.ruleset(principal.environmentId);
        response.set({ ETag: body.etag, 'Cache-Control': 'private, no-cache', Vary: 'Accept-Encoding' });
        if (matchesEtag(request.get('if-none-match'), body.etag)) response.status(304).end();
        else await sendBody(request, response, body);
        return ruleset;
      },
    }),
    route({
      method: 'get',
      path: '/v1/stream',
      tag: 'SDK',
      summary:
        'Server-sent events of changes of the ruleset, for as long as it is open. `version` comes first, `patch` at each change, a comment every 10 s.',
      auth: 'sdk',
      answer: z.string().meta({
        description:
          'text/event-stream. The id of an event is the ETag of GET /v1/ruleset after it: where it differs from yours, fetch that. `version` carries {rules, version}; `patch` {rules, from, to, slots} with changed slots whole and removed ones null, to be applied to version `from` only. Comments carry the age of the ruleset in ms. 25 s without a byte: connect again.',
      }),
      async handle({ principal, request, response }) {
        await streams.open(principal.environmentId, request, response);
        return '';
      },
    }),
  ];
}

async function sendBody(request: Request, response: Response, body: RulesetBody): Promise<void> {
  const accepted = request.acceptsEncodings('br', 'gzip', 'identity');
  const encoding = accepted === 'br' || accepted === 'gzip' ? accepted : null;
  const encoded = encoding && (await body.encoded(encoding));
  if (encoding && encoded) response.set('Content-Encoding', encoding);
  response.type('application/json').end(encoded ?? body.plain);
}
