import { z } from 'zod';
import { instant, key, seconds400Days } from './field-types.ts';

const LONGEST_NAME = 128;
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const storable = (text: string): boolean => !text.includes('\0') && bytesOf(text) <= LONGEST_NAME;
const NOT_STORABLE = `no outcome can have this: at most ${LONGEST_NAME} bytes of UTF-8, without U+0000`;
const name = z.string().min(1).max(LONGEST_NAME).refine(storable, NOT_STORABLE);

const COMPARED_WITH =
  'compare with one text, number, true or false. Ranges, lists, null and nested values are not supported: send a property that says it, such as {"large": true}';

/** Which outcomes of a name count, by their properties: within the limits of the properties themselves. */
const filter = z
  .record(name, z.union([z.string(), z.number(), z.boolean()], { error: COMPARED_WITH }))
  .refine((value) => Object.keys(value).length <= 32, 'at most 32 properties: no outcome has more')
  .refine((value) => bytesOf(JSON.stringify(value)) <= 2048, 'at most 2048 bytes as JSON: no outcome has more')
  .refine((value) => !Object.values(value).some((each) => String(each).includes('\0')), 'no property can hold U+0000')
  .default({})
  .meta({
    description:
      'Only outcomes with all these properties count; a value is equal in type too (1 is not "1"), and an absent property equals nothing',
  });

const outcomeSource = z.object({
  outcome: name.meta({ description: 'Name of the outcome events it is computed from' }),
  aggregate: z
    .enum(['sum', 'count'])
    .default('sum')
    .meta({ description: 'What is taken per unit, where the kind does not say it: sum of the values, or how many' }),
  filter,
});

export const metricKind = z.enum(['proportion', 'count', 'mean', 'ratio', 'quantile', 'retention', 'rank']).meta({
  description:
    'proportion: did the outcome happen to the unit; count: how many of them per unit; mean: sum of the outcome per unit (or, by aggregate, the same as count); ratio: sum over units of one outcome by sum of another; quantile: of the single outcome values, clustered by unit; retention: did the outcome happen to the unit in a later window, from fromSeconds on; rank: which variant tends to have the larger sum or count per unit',
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
        "For a mean or count: a unit's value is clipped to fixed limits, or at this quantile of all variants' units together, never both",
    }),
  proxyFor: key.nullable().default(null).meta({
    description: 'Key of the business metric that this one stands for while an experiment runs',
  }),
  fromSeconds: z
    .int()
    .min(0)
    .max(400 * 86_400)
    .default(0)
    .meta({ description: 'For retention: the window opens this many seconds after the first exposure' }),
  windowSeconds: seconds400Days.meta({
    description: 'The window closes this many seconds after the first exposure; it opens with it, but for retention',
  }),
  direction: z.enum(['increase', 'decrease']).default('increase').meta({ description: 'Which way is better' }),
  independentOfAnswer: z.boolean().default(false).meta({
    description:
      'The outcome is the same whatever answer was shown, such as the true label: only then can it judge the answers of a shadow candidate',
  }),
  description: z.string().max(2000).default(''),
});
export type MetricInput = z.input<typeof metricInput>;
export const metric = metricInput.extend({
  aggregate: z.enum(['any', 'sum', 'count']).meta({ description: 'any: whether it happened, for a rate' }),
  createdAt: instant,
});
export type Metric = z.infer<typeof metric>;
