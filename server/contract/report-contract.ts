import { z } from 'zod';
import { experiment, experimentState, key, phase } from './catalog.ts';

const instant = z.iso.datetime({ offset: true });
const interval = z.object({ lower: z.number(), upper: z.number() });

/** A set of plausible values. Fieller sets may be the whole line or the outside of an interval. */
export const relativeSet = z.discriminatedUnion('shape', [
  z.object({
    shape: z.literal('bounded'),
    lower: z.number(),
    upper: z.number().nullable().meta({ description: 'null: no upper limit' }),
  }),
  z.object({ shape: z.literal('outside'), below: z.number(), above: z.number() }),
  z.object({ shape: z.literal('unbounded') }),
]);
export type RelativeSet = z.infer<typeof relativeSet>;

export const comparison = z.object({
  variant: key,
  control: key,
  status: z.enum(['live', 'final', 'insufficient']).meta({
    description:
      'final: the one planned look, the only numbers to decide by; live: mature units so far, not for decisions; insufficient: too little to say',
  }),
  missing: z.string().nullable().meta({ description: 'insufficient: what is missing, as a sentence' }),
  lookAt: instant.nullable().meta({ description: 'final: when the look was written' }),
  difference: z
    .object({ estimate: z.number(), standardError: z.number().nullable(), interval: interval, method: z.string() })
    .nullable()
    .meta({ description: 'Absolute, variant minus control; the standard error is unpooled' }),
  relative: z
    .object({ estimate: z.number().nullable(), set: relativeSet, method: z.string() })
    .nullable()
    .meta({ description: 'Relative lift as a fraction of the control (0.021 = +2.1 %)' }),
  pValue: z.number().nullable().meta({ description: 'Two-sided; only at a final look' }),
  log10P: z.number().nullable(),
  adjustedPValue: z.number().nullable().meta({
    description: 'Holm over the primary comparisons of the experiment; decides; the interval stays unadjusted',
  }),
  significant: z.boolean().nullable().meta({ description: 'Only at a final look' }),
});
export type Comparison = z.infer<typeof comparison>;

export const metricReport = z.object({
  key,
  name: z.string(),
  kind: z.enum(['proportion', 'mean']),
  role: z.enum(['primary', 'secondary', 'guardrail']),
  direction: z.enum(['increase', 'decrease']),
  outcome: z.string(),
  aggregate: z.enum(['any', 'sum', 'count']),
  windowSeconds: z.int(),
  latenessSeconds: z.int(),
  variants: z.array(
    z.object({
      variant: key,
      matureUnits: z.int().meta({ description: 'Units whose window and lateness allowance have passed' }),
      openUnits: z.int().meta({ description: 'Units still waiting; not in any test' }),
      value: z
        .number()
        .nullable()
        .meta({ description: 'Rate or mean over the mature units (over those of the look once it is final)' }),
      standardError: z.number().nullable(),
      soFar: z
        .number()
        .nullable()
        .meta({ description: 'Rate or mean over the open units; grows; no interval on purpose' }),
    }),
  ),
  comparisons: z.array(comparison),
});
export type MetricReport = z.infer<typeof metricReport>;

export const healthItem = z.object({
  check: z.enum(['sample_ratio', 'mixed_units', 'calls', 'late_outcomes', 'pending']),
  status: z.enum(['ok', 'warning', 'alarm', 'waiting']),
  sentence: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});
export type HealthItem = z.infer<typeof healthItem>;

export const verdict = z.object({
  kind: z.enum(['ship', 'do_not_ship', 'keep_running', 'look_closer', 'insufficient', 'invalid', 'not_started']),
  sentence: z.string().meta({ description: 'One line for the list' }),
  reasons: z.array(z.string()),
});
export type Verdict = z.infer<typeof verdict>;

export const report = z.object({
  experiment: experiment,
  phase: phase.nullable().meta({ description: 'The phase reported; null while none has started' }),
  computedAt: instant,
  verdict: verdict,
  progress: z
    .object({
      matureUnits: z.int(),
      plannedUnits: z.int().nullable(),
      plannedEndAt: instant.nullable(),
      share: z.number().min(0).max(1).nullable().meta({ description: 'Share of the plan reached, 0-1' }),
      lookAt: instant.nullable().meta({ description: 'When the one final look was written' }),
    })
    .nullable(),
  health: z.array(healthItem),
  variants: z.array(
    z.object({
      variant: key,
      control: z.boolean(),
      weight: z.number(),
      units: z.int().meta({ description: 'Units by first exposure, before any is set aside' }),
      mixedUnits: z.int().meta({ description: 'Of these, seen in a second variant; excluded from estimates' }),
      calls: z
        .object({
          made: z.int(),
          errors: z.int(),
          timeouts: z.int(),
          cancelled: z.int(),
          missing: z.int(),
          meanMs: z.number().nullable(),
        })
        .nullable()
        .meta({ description: 'Calls made through run; null when there were none' }),
    }),
  ),
  metrics: z.array(metricReport),
  exposures: z.object({
    bucketSeconds: z.int(),
    points: z
      .array(z.object({ at: instant, variant: key, units: z.int() }))
      .meta({ description: 'New units per bucket of first exposure' }),
  }),
});
export type Report = z.infer<typeof report>;

export const experimentSummary = z.object({
  key,
  name: z.string(),
  slot: key,
  state: experimentState,
  mode: z.string().nullable(),
  units: z.int(),
  startedAt: instant.nullable(),
  concludedAt: instant.nullable(),
  verdict: verdict,
});
export type ExperimentSummary = z.infer<typeof experimentSummary>;
