import { z } from 'zod';

/**
 * The OpenFeature Remote Evaluation Protocol 0.3.0 as this server speaks it, for the API document; a test holds the answers
 * to the protocol's own document.
 */

const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const errorDetails = z.string().meta({ description: 'What is wrong, and what to do' });

export const evaluationRequest = z.object({
  context: z.looseObject({ targetingKey: z.string().meta({ description: 'The unit: who is randomised' }) }).meta({
    description: 'The unit, and beside it the attributes that targeting reads',
  }),
});

export const evaluationSuccess = z.object({
  key: z.string().meta({ description: 'Key of the slot' }),
  value: z.unknown().optional().meta({
    description: "The variant's payload; absent where that is null: the code's default is to be used",
  }),
  reason: z.enum(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'UNKNOWN']),
  variant: z.string(),
  metadata: metadata.meta({
    description:
      'What decided: `reason` (of Assay), `experiment`, `phase`, `step`, `band`, `propensity`, `ruleset`, `decision`. `exposure`, where there is one to record, is the event of POST /v1/events as JSON: add `at` when the variant is shown, and send it.',
  }),
});
export type EvaluationSuccess = z.infer<typeof evaluationSuccess>;

const errorCode = z.enum(['PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'FLAG_NOT_FOUND', 'GENERAL']);

export const evaluationFailure = z.object({
  key: z.string().optional().meta({ description: 'Key of the flag that was asked for; absent for all flags' }),
  errorCode,
  errorDetails,
});
export type EvaluationFailure = z.infer<typeof evaluationFailure>;

export const bulkEvaluationSuccess = z.object({
  flags: z.array(evaluationSuccess),
  eventStreams: z
    .array(
      z.object({
        type: z.literal('sse'),
        endpoint: z.object({ requestUri: z.string() }),
        inactivityDelaySec: z.int(),
      }),
    )
    .optional()
    .meta({ description: 'Server-sent events that ask to evaluate again when something changed' }),
  metadata: metadata.meta({ description: '`environment`, and `ruleset`, the version that decided' }),
});
export type BulkEvaluationSuccess = z.infer<typeof bulkEvaluationSuccess>;
