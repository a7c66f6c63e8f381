import { z } from 'zod';
import { interval } from './comparison-parts.ts';
import { instant, key } from './field-types.ts';

const tally = z.object({ wins: z.int(), ties: z.int(), losses: z.int() }).meta({
  description: 'Won by `variant`, by neither, by `against`',
});

/** One preference, by one way to credit outcomes. */
const preference = z.object({
  estimate: z.number().nullable().meta({
    description:
      'Mean over units of (impressions won − impressions lost) / impressions, −1 to 1; above 0: `variant` is preferred. null: no unit yet',
  }),
  standardError: z.number().nullable(),
  test: z
    .object({
      interval,
      pValue: z.number(),
      adjustedPValue: z.number().meta({ description: 'Holm, over the family; decides where the look was planned' }),
      degreesOfFreedom: z.number(),
    })
    .nullable()
    .meta({ description: 't over units; only at the look' }),
  signTest: z
    .object({ pValue: z.number().nullable(), winRate: z.number().nullable() })
    .nullable()
    .meta({ description: 'Exact, over the units that prefer one of the two; only at the look' }),
  alwaysValid: z
    .object({ interval, pValue: z.number(), adjustedPValue: z.number() })
    .nullable()
    .meta({ description: 'Holds however often it is read; from 100 complete units on' }),
  units: tally,
  impressions: tally,
});
export type Preference = z.infer<typeof preference>;

const comparison = z.object({
  variant: key,
  against: key.meta({ description: 'The champion, or another challenger' }),
  status: z.enum(['look', 'live', 'insufficient']).meta({
    description: 'look: written once, at its time; live: complete units so far; insufficient: too little to say',
  }),
  preferred: key.nullable().meta({ description: 'The variant that is shown to be preferred; null: neither is' }),
  sentence: z.string(),
  contested: preference.meta({
    description: 'Outcomes on items of rounds in which the lists differed: the one to read',
  }),
  plain: preference.meta({ description: 'Outcomes on all items' }),
  outcomes: z
    .object({ variant: z.number(), against: z.number() })
    .meta({ description: 'Outcomes (or their sum) on items of each, complete units, all items' }),
  abTest: z
    .object({
      units: z.int(),
      times: z.number().meta({ description: 'As many times the units that were interleaved' }),
      sentence: z.string(),
    })
    .nullable()
    .meta({
      description:
        'How many units an A/B test would have needed at least for the same answer, estimated; null: no answer yet',
    }),
});
export type PreferenceComparison = z.infer<typeof comparison>;

const interleaveMetric = z.object({
  key,
  name: z.string(),
  kind: z.enum(['proportion', 'mean']),
  role: z.enum(['primary', 'secondary', 'guardrail']),
  direction: z.enum(['increase', 'decrease']),
  outcome: z.string(),
  windowSeconds: z.int(),
  latenessSeconds: z.int(),
  sentence: z.string(),
  units: z.object({
    complete: z
      .int()
      .meta({ description: 'No impression for the idle time and all windows closed: only these are tested' }),
    open: z.int(),
  }),
  impressions: z.object({
    complete: z.int().meta({ description: 'Of complete units, compared' }),
    late: z.int().meta({ description: 'Shown to units that were complete already; left out' }),
  }),
  comparisons: z.array(comparison),
  positions: z
    .array(
      z.object({
        position: z.int().meta({ description: 'From 1, the first 100' }),
        variant: key,
        shown: z.int().meta({ description: 'Impressions with an item of this variant at the position' }),
        withOutcome: z.int().meta({ description: 'Of these, those whose item had the outcome' }),
      }),
    )
    .meta({ description: 'Complete units: position bias meets both variants alike when `shown` is alike' }),
});
export type InterleaveMetric = z.infer<typeof interleaveMetric>;

/** Which ranking is preferred, over units. */
export const interleaveReport = z.object({
  mode: z.literal('interleave'),
  sentence: z.string(),
  computedAt: instant.nullable().meta({ description: 'null: the first result is being computed' }),
  decidedBy: z.enum(['look', 'always_valid']).meta({
    description: 'look: t over units at the planned end; always_valid: the plan has no end, or was stopped short of it',
  }),
  look: z.object({
    at: instant.nullable().meta({ description: 'When it was written' }),
    planned: z.boolean().nullable().meta({ description: 'false: at an end that no plan fixed' }),
    dueUnits: z.int().nullable().meta({ description: 'Complete units at which it comes' }),
    dueAt: instant.nullable().meta({ description: 'Or the time at which it does' }),
  }),
  impressions: z.object({
    total: z.int(),
    degraded: z.int().meta({ description: 'A variant gave no list; left out of every comparison' }),
  }),
  units: z.int(),
  degraded: z.array(z.object({ variant: key, cause: z.string(), impressions: z.int(), share: z.number() })),
  teams: z
    .array(
      z.object({
        variant: key,
        firstPicks: z.int().meta({ description: 'Impressions whose first item, when contested, is of this variant' }),
        itemsPerImpression: z.number().nullable(),
      }),
    )
    .meta({ description: 'Team draft gives every variant equal parts' }),
  metrics: z.array(interleaveMetric),
  examples: z
    .array(
      z.object({
        at: instant,
        items: z
          .array(
            z.object({
              id: z.string(),
              variant: key.meta({ description: 'The team that put it there' }),
              contested: z.boolean().meta({ description: 'False: both lists had the same item there' }),
              outcomes: z.array(key).meta({ description: 'Metrics that this item earned something for' }),
            }),
          )
          .meta({ description: 'In the order shown, the first 10' }),
        length: z.int().meta({ description: 'Items of the whole list' }),
      }),
    )
    .meta({ description: 'The last 8 lists whose windows have closed; without any unit' }),
  notCompared: z
    .array(z.object({ key, reason: z.string() }))
    .meta({ description: 'Metrics of the experiment that cannot be credited to items' }),
});
export type InterleaveReport = z.infer<typeof interleaveReport>;
