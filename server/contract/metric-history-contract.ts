import { z } from 'zod';
import { key } from './field-types.ts';
import { surrogate } from './report-contract.ts';

const instant = z.iso.datetime({ offset: true });

/** What a metric was like in one phase that measured it. */
const pastPhase = z.object({
  experiment: key,
  experimentName: z.string(),
  position: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
  startedAt: instant,
  endedAt: instant.nullable(),
  units: z.int().meta({ description: "Mature units of the control, of which `value` is the control's rate or mean" }),
  value: z.number(),
  standardDeviation: z.number().meta({
    description:
      'Per unit: that of n units has a standard error of this / √n. Of a rate √(p (1 − p)); of a ratio that of the linearised ratio',
  }),
  unitsPerDay: z
    .number()
    .nullable()
    .meta({ description: 'New units of all variants per day; null: it ran for less than an hour' }),
  varianceReduction: z.number().nullable().meta({
    description:
      'Share of the variance that its covariates took away; the square of the correlation with one covariate; null: no covariates',
  }),
});

export const metricHistory = z.object({
  metric: key,
  windowSeconds: z.int(),
  phases: z
    .array(pastPhase)
    .meta({ description: 'Latest first, at most 20; phases without a mature unit are left out' }),
  effects: z
    .array(
      z.object({
        experiment: key,
        concludedAt: instant,
        estimate: z.number().meta({ description: 'Relative lift, 0.021 = +2.1 %' }),
        standardError: z.number(),
      }),
    )
    .meta({ description: 'The first challenger at the last look of each concluded experiment, latest first' }),
  prior: z.object({ mean: z.number(), standardDeviation: z.number(), experiments: z.int() }).nullable().meta({
    description:
      'How large true relative effects were, sampling error removed; null below 10 concluded experiments. Two effects of three lie within one standard deviation',
  }),
});
export type MetricHistory = z.infer<typeof metricHistory>;

/** null: the metric names no business metric. */
export const metricSurrogate = z.object({ surrogate: surrogate.nullable() });
