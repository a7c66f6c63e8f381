import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });
export const interval = z.object({ lower: z.number(), upper: z.number() });

/** A line beside the deciding one: another test or interval of the same comparison. */
export const otherLine = z.object({
  method: z.string(),
  pValue: z.number().nullable(),
  interval: interval.nullable().meta({ description: 'Of the absolute difference, unless the method says otherwise' }),
});

export const lookInfo = z.object({
  number: z.int(),
  at: instant,
  planned: z.int().nullable().meta({ description: 'How many looks the plan has; null when always valid' }),
  rule: z.enum(['fixed', 'group_sequential', 'always_valid']),
  spendingTime: z.number().nullable().meta({ description: 'Share of the plan reached, 0-1; null when always valid' }),
  criticalZ: z
    .number()
    .nullable()
    .meta({ description: '1.96 in a test with one look; null: nothing may be concluded yet' }),
  alphaSpent: z.number().nullable().meta({ description: 'Two-sided error probability spent up to this look' }),
  logEValue: z.number().nullable().meta({ description: 'always_valid: natural logarithm of the e-value' }),
});

export const adjustment = z.object({
  method: z.string(),
  covariates: z.array(z.string()),
  varianceReduction: z
    .number()
    .meta({ description: 'Share of the variance that the covariates take away; may be below 0' }),
  unadjusted: z.object({ estimate: z.number(), standardError: z.number() }),
  missingShare: z.number().meta({ description: 'Units whose value before the exposure is not known, 0-1' }),
  computedAt: instant,
});

export const marginAnswer = z.object({
  margin: z.union([z.object({ relative: z.number() }), z.object({ absolute: z.number() })]),
  pValue: z.number().nullable().meta({ description: 'One-sided, against "worse by the margin or more"' }),
  nonInferior: z.boolean().nullable().meta({ description: 'Shown to be not worse by the margin; null outside a look' }),
  equivalent: z.boolean().nullable().meta({ description: 'Shown to be within the margin on both sides (TOST)' }),
  limit: z.number().nullable().meta({ description: 'Worst plausible difference, in the unit of `difference`' }),
});

export const bayesView = z.object({
  prior: z.string().meta({ description: 'A sentence: flat, or from how many past experiments' }),
  probabilityBetter: z.number(),
  expectedLoss: z.object({ ifShipped: z.number(), ifKept: z.number() }).meta({
    description: 'Relative to the control; what is lost on average if the choice is wrong',
  }),
  interval: interval.meta({ description: 'Credible interval of the relative lift' }),
  peekingCost: z.number().nullable().meta({
    description:
      'Share of experiments without an effect in which "95 % likely better" would have come up by this many looks',
  }),
});
