import { z } from 'zod';
import { interval } from './comparison-parts.ts';
import { instant, key } from './field-types.ts';

export const distribution = z.object({
  metric: key,
  phase: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
  computedAt: instant.nullable().meta({ description: 'null: not computed yet; about every minute while it runs' }),
  values: z.enum(['unit', 'outcome']).meta({
    description:
      'What is counted: unit: a mature unit by its value, of a ratio its numerator, within the fixed limits of the metric; outcome: of a quantile each outcome of mature units',
  }),
  variants: z
    .array(
      z.object({
        variant: key,
        count: z.int().meta({ description: 'Of units, or of outcomes' }),
        shareAtZero: z.number().nullable().meta({ description: 'From -0.000001 to 0.000001; null: no values' }),
        min: z.number().nullable().meta({ description: 'Smallest value, exact; null: no units, or single outcomes' }),
        max: z.number().nullable().meta({ description: 'Largest value, exact; null: no units, or single outcomes' }),
      }),
    )
    .meta({ description: 'Control first' }),
  bars: z
    .array(
      z.object({
        lower: z.number(),
        upper: z.number(),
        values: z.array(z.int()).meta({ description: 'How many of each variant, in the order of `variants`' }),
      }),
    )
    .meta({
      description:
        'At most 60, in order; on each side of 0 they are equally wide on a logarithmic scale; those without values are left out',
    }),
});
export type Distribution = z.infer<typeof distribution>;

export const reSplits = z.object({
  metric: key,
  phase: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
  computedAt: instant.nullable().meta({ description: 'When the sums of its buckets were; null: not computed yet' }),
  status: z.enum(['ok', 'insufficient']),
  sentence: z.string(),
  level: z.number(),
  splits: z.int().meta({ description: 'How often the units of the control were put into two halves by chance' }),
  rejected: z.int().nullable().meta({ description: 'How often the test found the halves different' }),
  rate: z.number().nullable().meta({ description: '`rejected` of `splits`: the share of false positives' }),
  range: interval.nullable().meta({
    description: 'Where the rate of a test that keeps its level lies in 95 of 100 experiments',
  }),
});
export type ReSplitReport = z.infer<typeof reSplits>;
