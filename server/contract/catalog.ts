import { z } from 'zod';
import { instant, key, margin, reason } from './field-types.ts';
import { phase, phaseInput } from './phase-contract.ts';
import { targetingRule } from './targeting-contract.ts';

const json: z.ZodType<unknown> = z.unknown();

// ── Slots and variants ──────────────────────────────────────────────────────────────────────────────────────────

export const variantInput = z.object({
  key,
  payload: json.optional().meta({ description: 'Any JSON the service needs to call this model; null when absent' }),
});
export const variant = z.object({ key, payload: json });
export type Variant = z.infer<typeof variant>;

export const slotInput = z.object({
  key,
  output: z.enum(['value', 'ranking']).default('value'),
  variants: z.array(variantInput).min(1).max(100),
  champion: key.meta({ description: 'The variant that answers whenever nothing else applies' }),
  timeoutMs: z.int().min(1).max(600_000).default(60_000).meta({ description: 'Time limit of one model call, ms' }),
  fallback: z.enum(['champion']).nullable().default(null).meta({
    description: 'champion: a failing challenger is followed by one call of the champion; null: its error is rethrown',
  }),
});
export type SlotInput = z.input<typeof slotInput>;

export const slot = z.object({
  key,
  output: z.enum(['value', 'ranking']),
  champion: key,
  variants: z.array(variant),
  timeoutMs: z.int(),
  fallback: z.enum(['champion']).nullable(),
  createdAt: instant,
});
export type Slot = z.infer<typeof slot>;

export const championInput = z.object({ champion: key, reason: reason.optional() });

// ── Experiments ─────────────────────────────────────────────────────────────────────────────────────────────────

export const experimentMetric = z.object({
  metric: key,
  role: z.enum(['primary', 'secondary', 'guardrail']),
  margin: margin.nullable().default(null).meta({
    description:
      'With it the report says whether a variant is not worse than this (and whether it is equivalent); a guardrail with a margin must show it before "ship"',
  }),
});

export const experimentInput = z.object({
  key,
  slot: key,
  name: z.string().min(1).max(128),
  hypothesis: z.string().max(2000).default(''),
  targeting: z.array(targetingRule).max(50).default([]).meta({ description: 'All rules must hold' }),
  range: z
    .object({ from: z.number().min(0).lt(1), to: z.number().gt(0).lte(1) })
    .default({ from: 0, to: 1 })
    .meta({ description: "Part of the slot's layer that this experiment may use, 0-1" }),
  segments: z.array(z.string().min(1).max(128)).max(8).default([]).meta({
    description: 'Attributes whose value at first exposure is stored for breakdowns',
  }),
  metrics: z.array(experimentMetric).max(50).default([]).meta({
    description: 'ab and interleave phases need a primary metric; shadow and canary phases may do without any',
  }),
  phases: z.array(phaseInput).min(1).max(20),
});
export type ExperimentInput = z.input<typeof experimentInput>;

export const experimentState = z.enum(['draft', 'running', 'paused', 'concluded']);

export const transition = z.enum([
  'start',
  'pause',
  'resume',
  'advance',
  'roll-back',
  'hold',
  'release',
  'step',
  'conclude',
]);
export type Transition = z.infer<typeof transition>;

export const experiment = z.object({
  key,
  name: z.string(),
  slot: key,
  hypothesis: z.string(),
  state: experimentState,
  targeting: z.array(targetingRule),
  audiences: z.record(key, z.array(targetingRule)).meta({
    description: 'Rules of the audiences that `targeting` names, as they were at the start; empty in a draft',
  }),
  range: z.object({ from: z.number(), to: z.number() }),
  segments: z.array(z.string()),
  metrics: z.array(experimentMetric.extend({ name: z.string() })),
  phases: z.array(phase),
  transitions: z
    .array(
      z.object({
        transition,
        obstacle: z
          .string()
          .nullable()
          .meta({ description: 'Why it is refused now, as half a sentence; null: possible' }),
      }),
    )
    .meta({ description: 'What POST /api/experiments/:experiment/<transition> would answer now' }),
  createdAt: instant,
  startedAt: instant.nullable(),
  concludedAt: instant.nullable(),
});
export type Experiment = z.infer<typeof experiment>;

// ── Keys and sessions ───────────────────────────────────────────────────────────────────────────────────────────

export const keyInput = z.object({ kind: z.enum(['sdk', 'admin']), name: z.string().min(1).max(128) });
export const apiKey = z.object({
  id: z.int(),
  kind: z.enum(['sdk', 'admin']),
  name: z.string(),
  prefix: z.string().meta({ description: 'The first characters, to recognise it by' }),
  createdAt: instant,
});
export type ApiKey = z.infer<typeof apiKey>;
export const createdKey = apiKey.extend({ secret: z.string().meta({ description: 'Shown this once; stored hashed' }) });

export const signInInput = z.object({
  key: z.string().min(1).max(256).meta({ description: 'An admin key, or the token of a sign-in link' }),
});
export const session = z.object({
  signedIn: z.literal(true),
  name: z.string(),
  environment: z.string(),
  project: z.string(),
});
export type Session = z.infer<typeof session>;

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const errorBody = z.object({
  error: z.object({
    code: z.string().meta({ description: 'Stable, for programs' }),
    message: z.string().meta({ description: 'What is wrong, where, and what to do' }),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;
