import { z } from 'zod';
import { interval } from './comparison-parts.ts';
import { instant, key } from './field-types.ts';

/** The SQL behind a number of a report, and what it answers. */
export const numberQuery = z.object({
  metric: key,
  phase: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
  source: z.enum(['look', 'live']).meta({
    description: 'look: of what the last look was drawn from; live: of the units that are mature now',
  }),
  asOf: instant.nullable().meta({ description: 'The query counts units that were mature by then; null without one' }),
  sql: z.string().nullable().meta({
    description:
      'One statement for PostgreSQL with a row a variant: variant, units, value, standard_error; of quantiles also lower and upper, with one covariate theta and adjusted_value. null: the note says why',
  }),
  note: z.string().meta({ description: 'What the query reads and where it may differ from the report, as sentences' }),
  variants: z
    .array(
      z.object({
        variant: key,
        units: z.int(),
        value: z.number().nullable(),
        standardError: z.number().nullable(),
        interval: interval.nullable(),
      }),
    )
    .meta({ description: 'What the report shows, control first: the query answers the same' }),
});
export type NumberQuery = z.infer<typeof numberQuery>;
