import { z } from 'zod';
import { banditReport } from './bandit-contract.ts';
import { canaryReport } from './canary-contract.ts';
import { experiment, experimentState } from './catalog.ts';
import { adjustment, bayesView, interval, lookInfo, marginAnswer, otherLine } from './comparison-parts.ts';
import { instant, key } from './field-types.ts';
import { gateReport } from './gate-contract.ts';
import { interleaveReport } from './interleave-contract.ts';
import { metricKind } from './metric-contract.ts';
import { phase } from './phase-contract.ts';
import { segmentReport } from './segment-contract.ts';
import { shadowReport } from './shadow-contract.ts';

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
  status: z.enum(['live', 'look', 'final', 'insufficient']).meta({
    description:
      'look: an interim conclusion of a planned look; final: the last planned look; live: mature units so far, not for decisions; insufficient: too little to say',
  }),
  missing: z.string().nullable().meta({ description: 'insufficient: what is missing, as a sentence' }),
  lookAt: instant.nullable().meta({ description: 'When the look shown was written' }),
  look: lookInfo.nullable(),
  difference: z
    .object({
      estimate: z.number(),
      standardError: z.number().nullable(),
      interval: interval.nullable(),
      method: z.string(),
    })
    .nullable()
    .meta({
      description:
        'Absolute, variant minus control; the standard error is unpooled; of a rank metric P(variant larger) - 1/2; no interval: every value is still possible',
    }),
  relative: z
    .object({ estimate: z.number().nullable(), set: relativeSet, method: z.string() })
    .nullable()
    .meta({ description: 'Relative lift as a fraction of the control (0.021 = +2.1 %)' }),
  pValue: z.number().nullable().meta({
    description:
      'Two-sided; only at a look; valid over all looks of the plan: below 1 - level exactly when the interval excludes 0',
  }),
  log10P: z.number().nullable(),
  adjustedPValue: z.number().nullable().meta({
    description: 'Over the family (see `family` of the metric); decides; the interval stays unadjusted',
  }),
  significant: z.boolean().nullable().meta({ description: 'Only at a look' }),
  simultaneous: z.object({ interval, method: z.string() }).nullable().meta({
    description: 'Interval that holds together with those of the family; at the last look',
  }),
  components: z
    .array(z.object({ name: z.string(), estimate: z.number(), interval: interval.nullable(), control: z.number() }))
    .meta({ description: 'Ratio: effect on numerator and denominator per unit' }),
  adjustment: adjustment.nullable(),
  capped: z
    .object({
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      shareControl: z.number(),
      shareVariant: z.number(),
    })
    .nullable()
    .meta({ description: 'Winsorised means: the caps, and the share of units beyond them' }),
  margin: marginAnswer.nullable(),
  bayes: bayesView.nullable().meta({ description: 'At a look; a second view, never the decision' }),
  others: z.array(otherLine),
  warnings: z.array(z.string()),
});
export type Comparison = z.infer<typeof comparison>;

/** Past looks, for a chart over time. */
const lookPoint = z.object({
  variant: key,
  number: z.int(),
  at: instant,
  units: z.int(),
  estimate: z.number().nullable(),
  interval: interval.nullable(),
  pValue: z.number().nullable(),
});

export const surrogate = z.object({
  business: key,
  businessName: z.string(),
  status: z.enum(['ok', 'insufficient']),
  sentence: z.string(),
  experiments: z.int().meta({ description: 'Concluded experiments that measured both' }),
  correlation: z.number().nullable().meta({ description: 'Of true effects, sampling error removed' }),
  interval: interval.nullable(),
  signAgreement: z.object({ share: z.number(), interval }).nullable(),
});
export type Surrogate = z.infer<typeof surrogate>;

export const metricReport = z.object({
  key,
  name: z.string(),
  kind: metricKind,
  role: z.enum(['primary', 'secondary', 'guardrail']),
  direction: z.enum(['increase', 'decrease']),
  outcome: z.string(),
  aggregate: z.enum(['any', 'sum', 'count']),
  denominator: z.string().nullable().meta({ description: 'Of a ratio: the outcome it is divided by' }),
  denominatorAggregate: z.enum(['any', 'sum', 'count']).nullable(),
  quantile: z.number().nullable(),
  fromSeconds: z.int().meta({ description: 'Of retention: when its window opens; 0: with the first exposure' }),
  windowSeconds: z.int(),
  latenessSeconds: z.int(),
  family: z
    .string()
    .nullable()
    .meta({ description: 'How its p-values are corrected, as a sentence; null: not at all' }),
  computedAt: instant
    .nullable()
    .meta({ description: 'When numbers that need unit totals were computed; null: with the report' }),
  variants: z.array(
    z.object({
      variant: key,
      matureUnits: z.int().meta({ description: 'Units whose window and lateness allowance have passed' }),
      openUnits: z.int().meta({ description: 'Units still waiting; not in any test' }),
      value: z
        .number()
        .nullable()
        .meta({ description: 'Rate, mean, ratio or quantile over the mature units (over those of the look shown)' }),
      standardError: z.number().nullable(),
      interval: interval.nullable().meta({ description: 'Of the value; quantiles only' }),
      soFar: z
        .number()
        .nullable()
        .meta({ description: 'Rate, mean or ratio over the open units; grows; no interval on purpose' }),
      probabilityBest: z.number().nullable().meta({ description: 'Bayesian, flat prior; at a look' }),
    }),
  ),
  comparisons: z.array(comparison),
  looks: z.array(lookPoint),
  surrogate: surrogate
    .nullable()
    .meta({ description: 'For a proxy metric: how well it predicted its business metric' }),
});
export type MetricReport = z.infer<typeof metricReport>;

export const healthItem = z.object({
  check: z.enum([
    'sample_ratio',
    'segment_ratio',
    'mixed_units',
    'calls',
    'late_outcomes',
    'pending',
    'skewness',
    'plan',
    'shadow_dropped',
    'shadow_reference',
    'team_draft',
    'degraded',
    'retention',
  ]),
  status: z.enum(['ok', 'warning', 'alarm', 'waiting']),
  sentence: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  causes: z.array(z.string()).meta({ description: 'Likely causes, most likely first; for alarms' }),
});
export type HealthItem = z.infer<typeof healthItem>;

export const verdict = z.object({
  kind: z
    .enum(['ship', 'go_on', 'do_not_ship', 'keep_running', 'look_closer', 'insufficient', 'invalid', 'not_started'])
    .meta({ description: 'go_on: a shadow or canary phase has passed; nothing says yet that the candidate is better' }),
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
      lookAt: instant.nullable().meta({ description: 'When the last look was written' }),
      looks: z.object({
        taken: z.int(),
        planned: z.int().nullable().meta({ description: 'null when always valid' }),
        final: z.boolean().meta({ description: 'The last planned look was taken' }),
        nextUnits: z.int().nullable().meta({ description: 'Mature units at which the next look is due' }),
        nextAt: instant.nullable().meta({ description: 'Or the time at which it is' }),
      }),
      forecast: z
        .object({
          metric: key,
          minimumDetectableEffect: z.number().nullable().meta({
            description: 'Relative effect found with probability 0.8 at the planned end, at the variance seen so far',
          }),
          unitsNeeded: z.int().nullable().meta({ description: 'For the minimum effect of the plan' }),
          unitsLeft: z.int().nullable(),
          daysLeft: z.number().nullable().meta({ description: 'At the rate of units of the last seven days' }),
          conditionalPower: z.number().nullable().meta({
            description: 'Probability of a conclusion at the last look if the planned effect is real; group-sequential',
          }),
          sentence: z.string(),
        })
        .nullable(),
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
      rememberedUnits: z.int().meta({
        description: 'Of these, units whose variant a sticky store remembered: no new draw, not in the sample ratio',
      }),
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
  metrics: z.array(metricReport).meta({ description: 'A/B phases; other modes never stand on one scale with them' }),
  segments: z.array(segmentReport),
  gate: gateReport.nullable().meta({ description: 'Whether the phase may hand over; null while none has started' }),
  delivery: z
    .discriminatedUnion('mode', [shadowReport, canaryReport, banditReport, interleaveReport])
    .nullable()
    .meta({ description: 'What only a phase of this mode has; null in A/B phases' }),
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
