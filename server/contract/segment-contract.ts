import { z } from 'zod';
import { key } from './field-types.ts';

/** The effect on one metric by the values of a declared attribute. */
export const segmentReport = z.object({
  attribute: z.string(),
  metric: key,
  variant: key,
  values: z.array(
    z.object({
      value: z.string().nullable().meta({ description: 'null: all other values, and units without the attribute' }),
      units: z.int(),
      estimate: z.number(),
      standardError: z.number(),
      shrunken: z.number().meta({ description: 'Estimate drawn towards the common effect by what noise explains' }),
    }),
  ),
  heterogeneity: z
    .object({
      common: z
        .object({ estimate: z.number(), standardError: z.number() })
        .meta({ description: 'The effect if it is the same for all values' }),
      q: z.number(),
      degreesOfFreedom: z.number(),
      shareOfVariance: z.number().meta({ description: 'I²: part of the spread that noise does not explain' }),
      logEValue: z.number().meta({
        description: 'Natural logarithm of the e-value against "one effect for all"; may be looked at all the time',
      }),
      pValue: z.number().nullable().meta({
        description: 'Of Q; only when the phase has ended and its units are mature, since it is valid for one look',
      }),
      adjustedPValue: z
        .number()
        .nullable()
        .meta({ description: 'Benjamini–Hochberg over all attributes, metrics and variants; with pValue' }),
      oppositeSignsPValue: z
        .number()
        .nullable()
        .meta({ description: 'Gail–Simon: does it help some and harm others; with pValue' }),
      differs: z.boolean().meta({ description: 'The effect differs by this attribute: by e-values, at the end by p' }),
    })
    .nullable()
    .meta({ description: 'null: fewer than two values have enough units' }),
  sentence: z.string(),
});
export type SegmentReport = z.infer<typeof segmentReport>;
