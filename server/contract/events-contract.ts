import { z } from 'zod';

/**
 * What `POST /v1/events` takes and answers, for the API document. The intake itself checks by hand-written code
 * (server/ingest/event-shape.ts), which a property test holds equal to these schemas. Unknown fields are ignored; null
 * means absent in every optional field but `value`, where null is what JSON makes of NaN.
 */

const INT4_MAX = 2_147_483_647;
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** A string of 1 to `maxBytes` bytes of UTF-8 that PostgreSQL can store. */
function text(maxBytes: number) {
  return z
    .string()
    .min(1)
    .max(maxBytes)
    .refine((value) => bytesOf(value) <= maxBytes, `at most ${maxBytes} bytes of UTF-8`)
    .refine((value) => !value.includes('\0'), 'U+0000 cannot be stored');
}

const unit = text(256).meta({ description: 'Who was randomised: 1-256 bytes of UTF-8' });
const name = text(128);
const id = text(64);
const at = z
  .union([z.number().max(253_402_300_799_999), z.iso.datetime({ offset: true })])
  .meta({ description: 'Milliseconds since 1970, or ISO 8601 with offset; at most 400 days ago' });
const count32 = z.int().min(1).max(INT4_MAX);
const finite = z.number().min(-1e15).max(1e15);

const fitsTwoKilobytes = (value: unknown): boolean => bytesOf(JSON.stringify(value)) <= 2048;
const atMost32 = (value: object): boolean => Object.keys(value).length <= 32;

const scalarText = z.string().refine((value) => !value.includes('\0'), 'U+0000 cannot be stored');
const scalars = z
  .record(name, z.union([scalarText, z.number(), z.boolean()]))
  .refine(atMost32, 'at most 32 keys')
  .refine(fitsTwoKilobytes, 'at most 2048 bytes as JSON')
  .meta({ description: 'Flat: up to 32 keys with strings, numbers or booleans, 2 kB as JSON' });

const phaseOf = {
  slot: name,
  phase: count32.meta({ description: 'Phase id of the ruleset' }),
  step: count32.meta({ description: 'Step of a canary, epoch of a bandit, 1 otherwise' }),
};
const ruleset = z.int().min(0).max(INT4_MAX).meta({ description: 'Version of the ruleset that decided' });

export const exposureEvent = z.object({
  type: z.literal('exposure'),
  unit,
  ...phaseOf,
  variant: name,
  band: z.enum(['candidate', 'control', 'waiting']).nullish().meta({ description: 'Canary phases only' }),
  at,
  decision: id,
  propensity: z.number().gt(0).max(1).meta({ description: 'Probability with which this variant was chosen' }),
  ruleset,
  source: z.enum(['hash', 'sticky', 'external']),
  call: z.boolean().nullish().meta({ description: 'True when a call record must follow' }),
  attributes: scalars.nullish().meta({ description: "Values of the experiment's declared segments" }),
});
export type ExposureEvent = z.infer<typeof exposureEvent>;

export const outcomeEvent = z.object({
  type: z.literal('outcome'),
  unit,
  name,
  at,
  value: finite.optional().meta({ description: '1 when absent' }),
  decision: id.nullish(),
  impression: id.nullish(),
  item: id.nullish(),
  properties: scalars.nullish(),
});
export type OutcomeEvent = z.infer<typeof outcomeEvent>;

export const impressionEvent = z.object({
  type: z.literal('impression'),
  unit,
  ...phaseOf,
  impression: id,
  at,
  ruleset,
  items: z
    .array(
      z.object({
        id,
        team: name.meta({ description: 'Key of the variant that owns the item' }),
        contested: z.boolean(),
      }),
    )
    .max(1000),
  depth: z.int().min(1).max(1000),
  degraded: z
    .object({ cause: name, variant: name })
    .nullish()
    .meta({ description: 'A variant that gave no list, and why: error or timeout' }),
});
export type ImpressionEvent = z.infer<typeof impressionEvent>;

const call = z.object({
  ms: z.number().min(0).max(1e15),
  status: z.enum(['ok', 'error', 'timeout', 'cancelled']),
  score: finite.nullish(),
  label: z.union([name, finite, z.boolean()]).nullish(),
});
const measures = z
  .record(name, z.union([finite, z.boolean()]))
  .refine(atMost32, 'at most 32 keys')
  .refine(fitsTwoKilobytes, 'at most 2048 bytes as JSON');

/** Any JSON that jsonb can hold: no U+0000, at most 16 levels deep, 2 kB. */
function isStorable(value: unknown, level = 1): boolean {
  if (typeof value === 'string') return !value.includes('\0');
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (level > 16) return false;
  return Object.entries(value).every(([key, part]) => !key.includes('\0') && isStorable(part, level + 1));
}

export const comparisonEvent = z.object({
  type: z.literal('comparison'),
  unit,
  slot: name,
  phase: phaseOf.phase,
  decision: id,
  at,
  champion: call,
  candidate: call,
  reference: call.nullish().meta({ description: "The champion's second call, in the A/A share" }),
  measures,
  measuresReference: measures.nullish(),
  attributes: scalars.nullish().meta({ description: "Values of the experiment's declared segments" }),
  example: z
    .unknown()
    .refine((value) => value === undefined || (isStorable(value) && fitsTwoKilobytes(value)), 'at most 2 kB of JSON')
    .optional()
    .meta({ description: 'A cleaned sample of both outputs' }),
});
export type ComparisonEvent = z.infer<typeof comparisonEvent>;

export const event = z.discriminatedUnion('type', [exposureEvent, outcomeEvent, impressionEvent, comparisonEvent]);

export const slotMinute = z.object({
  slot: name,
  minute: z.number().meta({ description: 'Start of the minute, ms since 1970' }),
  counters: z.record(name, z.number().min(0)),
  ms: z.record(z.string(), z.number().min(0)).meta({
    description: 'Sparse histogram of call latency: log bin ceil(ln(ms / 1e-6) / 0.01) to calls',
  }),
});

export const batchInput = z.object({
  batch: z.uuidv7().meta({ description: 'UUIDv7 of the moment of sealing; the same in every attempt' }),
  events: z.array(event).max(10_000),
  stats: z
    .object({
      slots: z.array(slotMinute).max(10_000).optional(),
      dropped: z.record(z.string(), z.number()).optional().meta({ description: 'Events lost in the client, by cause' }),
    })
    .nullish()
    .meta({ description: 'Counters of slots without an experiment; what cannot be read in them is skipped' }),
});

export const rejection = z.object({
  index: z.int().meta({ description: 'Place in `events`, from 0' }),
  code: z.string().meta({ description: 'Stable, for programs' }),
  message: z.string().meta({ description: 'What is wrong, where, and what to do' }),
});
export type Rejection = z.infer<typeof rejection>;

export const batchAnswer = z.object({
  accepted: z.int(),
  repeat: z.boolean().optional().meta({ description: 'True: this batch was stored before, nothing was counted again' }),
  rejected: z.array(rejection),
});
export type BatchAnswer = z.infer<typeof batchAnswer>;
