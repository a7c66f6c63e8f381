import { z } from 'zod';

/** A key people type: lower case letters, digits, `-`, `_` and `.`; at most 128 characters. */
export const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, 'use 1-128 of a-z 0-9 . _ - and start with a letter or digit')
  .meta({ example: 'fraud-score' });

const json: z.ZodType<unknown> = z.unknown();
const instant = z.iso.datetime({ offset: true }).meta({ description: 'Instant, ISO 8601 with offset' });

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

export const championInput = z.object({ champion: key });

// ── Metrics ─────────────────────────────────────────────────────────────────────────────────────────────────────

const seconds400Days = z
  .int()
  .min(1)
  .max(400 * 86_400);

const outcomeSource = z.object({
  outcome: z.string().min(1).max(128).meta({ description: 'Name of the outcome events it is computed from' }),
  aggregate: z.enum(['sum', 'count']).default('sum').meta({ description: 'What is taken per unit' }),
  filter: z
    .record(z.string().min(1).max(128), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .meta({ description: 'Only outcomes with these properties count' }),
});

export const metricKind = z.enum(['proportion', 'mean', 'ratio', 'quantile', 'rank']).meta({
  description:
    'proportion: did the outcome happen to the unit; mean: sum or count of the outcome per unit; ratio: sum over units of one outcome by sum of another; quantile: of the single outcome values, clustered by unit; rank: which variant tends to have the larger sum or count per unit',
});

export const metricInput = outcomeSource.extend({
  key,
  name: z.string().min(1).max(128).meta({ example: 'Voted in the 2006 primary' }),
  kind: metricKind,
  denominator: outcomeSource.nullable().default(null).meta({ description: 'For a ratio: what it is divided by' }),
  quantile: z.number().gt(0).lt(1).nullable().default(null).meta({ description: 'For a quantile metric: 0.95 is p95' }),
  cap: z
    .object({
      lower: z.number().nullable().default(null),
      upper: z.number().nullable().default(null),
      quantile: z.number().min(0.5).lt(1).nullable().default(null),
    })
    .nullable()
    .default(null)
    .meta({
      description:
        "For a mean: a unit's value is clipped to fixed limits, or at this quantile of all variants' units together, never both",
    }),
  proxyFor: key.nullable().default(null).meta({
    description: 'Key of the business metric that this one stands for while an experiment runs',
  }),
  windowSeconds: seconds400Days.meta({ description: 'Outcomes count from the first exposure for this many seconds' }),
  direction: z.enum(['increase', 'decrease']).default('increase').meta({ description: 'Which way is better' }),
  description: z.string().max(2000).default(''),
});
export type MetricInput = z.input<typeof metricInput>;
export const metric = metricInput.extend({
  aggregate: z.enum(['any', 'sum', 'count']).meta({ description: 'any: whether it happened, for a proportion' }),
  createdAt: instant,
});
export type Metric = z.infer<typeof metric>;

// ── Experiments ─────────────────────────────────────────────────────────────────────────────────────────────────

export const targetingRule = z.object({
  attribute: z.string().min(1).max(128),
  operator: z.enum(['in', 'not_in', 'gte', 'lt']),
  values: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .max(1000),
});

const margin = z
  .union([z.object({ relative: z.number().gt(0).lte(1) }), z.object({ absolute: z.number().gt(0) })])
  .meta({
    description: "How much worse a variant may be: a share of the control's value, or in the metric's own unit",
  });

export const experimentMetric = z.object({
  metric: key,
  role: z.enum(['primary', 'secondary', 'guardrail']),
  margin: margin.nullable().default(null).meta({
    description:
      'With it the report says whether a variant is not worse than this (and whether it is equivalent); a guardrail with a margin must show it before "ship"',
  }),
});

export const design = z.enum(['fixed', 'group_sequential', 'always_valid']).meta({
  description:
    'fixed: one look at the planned end; group_sequential: a planned number of looks share the error probability (O’Brien–Fleming spending); always_valid: looks as units come, without a planned end',
});

const planShape = z.object({
  level: z.number().gt(0.5).lt(1).default(0.95).meta({ description: 'Confidence level of intervals and tests' }),
  design: design.nullable().default(null).meta({
    description:
      'null chooses: group_sequential where looks and a final size are given, fixed where only a final size is, else always_valid',
  }),
  looks: z.int().min(1).max(14).nullable().default(null).meta({
    description: 'group_sequential: how many looks, at equal parts of the planned units or time; 5 when not given',
  }),
  units: z.int().min(2).nullable().default(null).meta({
    description: 'The last planned look is taken when this many units, over all variants, are mature',
  }),
  durationSeconds: seconds400Days.nullable().default(null).meta({
    description: 'Or when this much time has passed since the start; whichever is declared comes first',
  }),
  latenessSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .nullable()
    .default(null)
    .meta({
      description: 'How long after its window an outcome may still arrive; default min(24 h, the window)',
    }),
  minimumEffect: z.number().gt(0).max(10).nullable().default(null).meta({
    description: 'Relative effect on the primary metrics that it is to detect (0.02 = 2 %); always_valid needs it',
  }),
  correction: z.enum(['holm', 'dunnett']).default('holm').meta({
    description:
      'Over the primary comparisons of a look; dunnett: fixed design, one primary metric, several challengers',
  }),
  covariates: z
    .object({
      days: z.int().min(0).max(90).default(14).meta({
        description:
          "Whole UTC days before the day of first exposure over which a metric's own outcomes are summed; 0: none",
      }),
      attributes: z.array(z.string().min(1).max(128)).max(4).default([]).meta({
        description: "Numeric attributes given with the exposure, for instance the champion's score",
      }),
    })
    .nullable()
    .default(null)
    .meta({
      description: 'Adjusts every mean, proportion and ratio for what was known before the exposure (CUPED, Lin)',
    }),
  cluster: z.string().min(1).max(128).nullable().default(null).meta({
    description: 'External phases: the attribute by which units were randomised together, such as a household',
  }),
});
export const plan = planShape;
/** As stored: what was left open is chosen. */
export const chosenPlan = planShape.extend({ design });

export const phaseInput = z.object({
  mode: z.literal('ab').default('ab'),
  assignment: z.enum(['hash', 'external']).default('hash').meta({
    description: 'external: assignments were made elsewhere and are reported with their own times',
  }),
  split: z
    .array(z.object({ variant: key, weight: z.number().gt(0).lte(1) }))
    .min(2)
    .max(100)
    .meta({ description: 'Variants and weights; weights sum to 1 within 1e-9. The control is the champion' }),
  plan: plan.prefault({}),
  startedAt: instant.optional().meta({ description: 'External phases only: when assignment really began' }),
  endedAt: instant.optional().meta({ description: 'External phases only: when assignment really ended' }),
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
  metrics: z.array(experimentMetric).min(1).max(50),
  phases: z.array(phaseInput).min(1).max(20),
});
export type ExperimentInput = z.input<typeof experimentInput>;

export const phase = z.object({
  id: z.int(),
  position: z.int(),
  mode: z.literal('ab'),
  state: z.enum(['planned', 'running', 'ended']),
  assignment: z.enum(['hash', 'external']),
  step: z.int(),
  salt: z.string(),
  split: z.array(z.object({ variant: key, weight: z.number(), control: z.boolean() })),
  plan: chosenPlan,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
});
export type Phase = z.infer<typeof phase>;

export const experimentState = z.enum(['draft', 'running', 'paused', 'concluded']);

export const experiment = z.object({
  key,
  name: z.string(),
  slot: key,
  hypothesis: z.string(),
  state: experimentState,
  targeting: z.array(targetingRule),
  range: z.object({ from: z.number(), to: z.number() }),
  segments: z.array(z.string()),
  metrics: z.array(experimentMetric.extend({ name: z.string() })),
  phases: z.array(phase),
  createdAt: instant,
  startedAt: instant.nullable(),
  concludedAt: instant.nullable(),
});
export type Experiment = z.infer<typeof experiment>;

export const concludeInput = z.object({
  promote: key.optional().meta({ description: "Makes this variant the slot's champion in the same transaction" }),
});

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
