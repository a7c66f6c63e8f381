import { z } from 'zod';
import { key, margin } from './field-types.ts';

/** What a phase of each mode declares beyond its plan; the stored shapes are in db/schema-types.ts. */

const rate = z.number().min(0).max(1);

export const shadowSettings = z.object({
  share: z.number().gt(0).lte(1).default(0.1).meta({ description: 'Share of units whose calls are shadowed' }),
  referenceShare: rate.default(0.1).meta({
    description:
      'Share of shadowed decisions in which the champion is called a second time as well: the noise floor, and the fair reference for latency and errors',
  }),
  budgetMs: z.int().min(1).max(600_000).nullable().default(null).meta({
    description: "Time limit of a shadow call, ms; null: the slot's",
  }),
  maxInFlight: z.int().min(1).max(10_000).default(16).meta({
    description: 'Shadow calls under way in one process; further decisions are not shadowed and counted as dropped',
  }),
  compare: z
    .object({
      kind: z.enum(['auto', 'number', 'label', 'object', 'ranking']).default('auto'),
      ignore: z.array(z.string().min(1).max(128)).max(100).default([]).meta({
        description: 'Fields of objects that may differ, by dotted path such as "meta.requestId"',
      }),
      tolerance: z.number().min(0).default(0).meta({ description: 'Numbers that differ by at most this agree' }),
      depth: z.int().min(1).max(1000).default(10).meta({ description: 'Rankings: first items compared' }),
    })
    .prefault({}),
  label: key.nullable().default(null).meta({
    description:
      "Metric whose outcomes, named by decision, are the labels that both models' predictions are scored on; it must be declared `independentOfAnswer`",
  }),
  gate: z
    .object({
      minimumComparisons: z.int().min(1).default(1000),
      agreement: rate.nullable().default(null).meta({ description: 'Least share of decisions whose outputs agree' }),
      errorRateIncrease: rate.nullable().default(0.01).meta({
        description: "Most that the candidate's error rate may lie above the reference's",
      }),
      latencyRatio: z.number().gt(0).nullable().default(null).meta({
        description: 'Most that the mean latency may be of the reference: 1.2 is 20 % slower',
      }),
      stabilityIndex: z.number().gt(0).nullable().default(null),
      scoreDistance: z.number().gt(0).lte(1).nullable().default(null).meta({
        description: 'Kolmogorov–Smirnov distance of the scores',
      }),
      lossIncrease: z.number().min(0).nullable().default(null).meta({
        description: "Most that the candidate's loss on labels may lie above the champion's",
      }),
    })
    .prefault({})
    .meta({ description: 'Limits that must be shown to be kept for the gate to pass; null: not asked' }),
});

const rateMargins = {
  mustPass: z.boolean().default(true).meta({
    description: 'A step advances only when it has passed; false: it need only not have failed',
  }),
  margin: z.number().gt(0).max(10).default(0.5).meta({
    description: "Relative: passes when the candidate's rate is shown to be below (1 + margin) times the control's",
  }),
  rollbackMargin: z.number().min(0).max(10).default(0).meta({
    description: "Relative: fails when the rate is shown to be above (1 + this) times the control's",
  }),
};

export const canaryGuardrail = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('errors'), ...rateMargins }),
  z.object({
    kind: z.literal('slow_calls'),
    ...rateMargins,
    thresholdMs: z.number().gt(0).nullable().default(null).meta({
      description: "A call is slow above this, ms; null: the champion's quantile in the traffic before the phase",
    }),
    quantile: z.number().gt(0).lt(1).default(0.95),
  }),
  z.object({
    kind: z.literal('metric'),
    mustPass: z.boolean().default(true),
    metric: key,
    margin,
    rollbackMargin: z.number().min(0).default(0).meta({
      description: 'In the unit of the margin: fails when it is shown to be worse by more than this',
    }),
  }),
]);

export const canarySettings = z.object({
  steps: z
    .array(
      z.object({
        share: z.number().gt(0).lt(1).meta({ description: 'Of the candidate' }),
        minimumSeconds: z
          .int()
          .min(0)
          .max(90 * 86_400)
          .default(600),
        minimumRequests: z
          .int()
          .min(1)
          .default(500)
          .meta({ description: 'Requests served by the candidate in the step' }),
      }),
    )
    .min(1)
    .max(50)
    .meta({ description: 'Shares grow strictly; the last is below 1, so that there is somebody to compare with' }),
  alpha: z.number().gt(0).lt(0.5).default(0.05).meta({
    description: 'Probability that a harmless candidate is rolled back, over the whole phase and all guardrails',
  }),
  guardrails: z
    .array(canaryGuardrail)
    .min(1)
    .max(20)
    .default([
      { kind: 'errors', mustPass: false, margin: 0.5, rollbackMargin: 0 },
      { kind: 'slow_calls', mustPass: false, margin: 0.5, rollbackMargin: 0, thresholdMs: null, quantile: 0.95 },
    ]),
});

export const banditSettings = z.object({
  reward: key.meta({ description: 'Metric that rewards: a proportion, count or mean with a window' }),
  epochSeconds: z.int().min(1).max(86_400).default(600).meta({
    description: 'Weights are renewed so often; seconds only where the unit is a request or session',
  }),
  posterior: z.enum(['period_contrasts', 'beta_bernoulli', 'normal']).default('period_contrasts').meta({
    description:
      'period_contrasts: effects within hours, right when rewards drift; beta_bernoulli and normal: pooled, for stationary rewards only',
  }),
  floor: z.number().min(0).max(0.5).default(0.01).meta({ description: 'Least weight of a variant' }),
  warmUpCells: z.int().min(1).default(100).meta({
    description: 'Closed cells (unit and epoch) that every variant needs before the weights move',
  }),
  topTwoShare: z.number().gt(0).lt(1).nullable().default(null).meta({
    description: 'Top-two sampling, with this share for the best: finds the best sooner; null: probability matching',
  }),
  context: z.string().min(1).max(128).nullable().default(null).meta({
    description: 'One of the declared segments: each of its values has a posterior and weights of its own',
  }),
});

export const interleaveSettings = z.object({
  depth: z.int().min(1).max(100).default(10).meta({ description: 'Items that are drafted and shown' }),
  idleSeconds: z
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(86_400)
    .meta({
      description: 'A unit is complete after so long without an impression, and its windows closed',
    }),
});
