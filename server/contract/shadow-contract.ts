import { z } from 'zod';
import { interval } from './comparison-parts.ts';
import { instant } from './field-types.ts';

const numbers = {
  units: z.int().meta({ description: 'Units whose decisions are in it' }),
  decisions: z.int(),
};

/** A mean over decisions. */
export const shadowEstimate = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('ok'),
    estimate: z.number(),
    interval: interval.meta({
      description:
        'At the level of the report, clustered by unit; it holds however often one looks, and the gate decides by it',
    }),
    ...numbers,
  }),
  z.object({
    status: z.literal('insufficient'),
    estimate: z.number().nullable().meta({ description: 'null without a decision' }),
    missing: z.string().meta({ description: 'What is missing for an interval, as a sentence' }),
    ...numbers,
  }),
]);

const quantileOfMs = z
  .object({
    ms: z.number(),
    lowerMs: z.number().nullable().meta({ description: 'null: not enough calls for a limit on this side' }),
    upperMs: z.number().nullable(),
  })
  .nullable()
  .meta({ description: 'null: no calls' });

const agreement = z.object({
  sentence: z.string(),
  candidate: shadowEstimate.meta({ description: 'Share of decisions in which the candidate answers as the champion' }),
  noiseFloor: shadowEstimate.meta({
    description: "The same of the champion's own second call: no candidate can be expected to agree more",
  }),
  difference: shadowEstimate.meta({
    description: 'Candidate minus noise floor, in the decisions in which the champion was called twice',
  }),
});

const measure = z.object({
  name: z.string().meta({
    description:
      'As the comparator names it: difference, equalShare, differs.<field> (share of decisions in which it differs), overlap, rbo, tau, or of the service itself',
  }),
  candidate: shadowEstimate.meta({ description: 'Mean over decisions' }),
  reference: shadowEstimate.nullable().meta({ description: "Of the champion's second call" }),
});

const scores = z.object({
  sentence: z.string(),
  difference: shadowEstimate.meta({
    description: 'Candidate minus champion, mean over decisions, in the unit of scores',
  }),
  reference: shadowEstimate.meta({ description: "The same of the champion's second call" }),
  limits: interval.nullable().meta({
    description: 'Limits of agreement: between them lie 95 % of differences when these are normal; a description',
  }),
  standardDeviation: z.number().nullable().meta({ description: 'Of the differences' }),
  histogram: z
    .object({
      lower: z.number(),
      upper: z.number(),
      champion: z.array(z.int()),
      candidate: z.array(z.int()),
    })
    .nullable()
    .meta({
      description:
        'Decisions by score in 200 equal bins from lower to upper, chosen once a phase; scores outside are in the first and last bin; null below 100 scores',
    }),
  differences: z
    .object({ lower: z.number(), upper: z.number(), counts: z.array(z.int()) })
    .nullable()
    .meta({
      description:
        'Decisions by candidate minus champion in equal bins around 0; differences outside are in the first and last bin',
    }),
  sample: z
    .array(z.object({ champion: z.number(), candidate: z.number() }))
    .meta({ description: 'Both scores of at most 300 decisions, chosen by a hash of their id' }),
  stabilityIndex: z
    .number()
    .nullable()
    .meta({ description: 'Population stability index; a description, without p-value' }),
  distance: z
    .number()
    .nullable()
    .meta({ description: 'Kolmogorov–Smirnov distance, 0-1; a description, without p-value' }),
});

const latency = z.object({
  sentence: z.string(),
  candidateMs: shadowEstimate.meta({ description: 'Mean, where the champion was called a second time beside it' }),
  referenceMs: shadowEstimate.meta({ description: "Mean of the champion's second call" }),
  differenceMs: shadowEstimate,
  ratio: shadowEstimate.meta({ description: 'Of both means: 1.2 is 20 % slower' }),
  quantiles: z
    .array(z.object({ probability: z.number(), candidate: quantileOfMs, reference: quantileOfMs }))
    .meta({ description: 'In ms; calls that ran out of time took the budget at least' }),
});

const errors = z.object({
  sentence: z.string(),
  candidate: shadowEstimate.meta({ description: 'Share of shadow calls that threw or ran out of time' }),
  reference: shadowEstimate.meta({ description: "The same of the champion's second calls" }),
  difference: shadowEstimate.meta({ description: 'In the decisions in which the champion was called twice' }),
  statuses: z.array(
    z.object({
      call: z.enum(['champion', 'candidate', 'reference']),
      status: z.string(),
      decisions: z.int(),
    }),
  ),
});

const drift = z
  .object({
    seconds: z.number().meta({ description: 'Length of each stretch of time' }),
    points: z.array(
      z.object({
        at: instant.meta({ description: 'Its beginning' }),
        decisions: z.int(),
        agreement: z.number().nullable().meta({ description: 'Of the candidate with the champion; null: no decision' }),
        interval: interval.nullable().meta({
          description:
            'At 95 %, a unit counted once, of this stretch alone: of many some leave the line by chance; null below 10 units',
        }),
        noiseFloor: z.number().nullable().meta({ description: "Of the champion's second call with its first" }),
        scoreDifference: z.number().nullable().meta({ description: 'Candidate minus champion, mean' }),
        candidateMs: z.number().nullable().meta({ description: 'Mean, where the champion was called twice' }),
        referenceMs: z.number().nullable().meta({ description: "Mean of the champion's second call there" }),
        errorShare: z.number().nullable().meta({ description: 'Of shadow calls, those that failed' }),
      }),
    ),
  })
  .nullable()
  .meta({ description: 'How it went over time, at most 60 stretches; null: not known' });

const labels = z.object({
  status: z.enum(['not_declared', 'refused', 'waiting', 'ok']).meta({
    description: 'refused: the metric may depend on the answer that was shown; waiting: nothing to score yet',
  }),
  sentence: z.string().meta({ description: 'Which model is better on labels, or what is missing' }),
  better: z.enum(['candidate', 'champion']).nullable().meta({ description: 'null: no difference shown' }),
  labelled: z.int().meta({ description: 'Decisions whose window and lateness have passed and that have a label' }),
  unlabelled: z.int().meta({ description: 'The same without one' }),
  open: z.int().meta({ description: 'Decisions whose label may still come; not in any number' }),
  scored: z.int().meta({ description: 'Labelled decisions for which both models gave a prediction' }),
  losses: z
    .array(
      z.object({
        name: z.enum(['log_loss', 'brier', 'squared_error', 'absolute_error', 'wrong']),
        unit: z.string(),
        champion: shadowEstimate,
        candidate: shadowEstimate,
        difference: shadowEstimate.meta({
          description: 'Candidate minus champion on the same decisions; below 0 is better',
        }),
      }),
    )
    .meta({ description: 'The first one decides' }),
  auc: z
    .object({ champion: z.number(), candidate: z.number(), difference: shadowEstimate })
    .nullable()
    .meta({ description: 'Probability that a decision labelled 1 scores above one labelled 0' }),
});

/** What the candidate would have answered, beside what was answered. */
export const shadowReport = z.object({
  mode: z.literal('shadow'),
  computedAt: instant.nullable().meta({ description: 'When the comparisons were summed; null: not yet' }),
  sentence: z.string(),
  level: z.number().meta({
    description:
      "Of every interval: the plan's, and with more than two limits as much higher as lets all of them together err no more often",
  }),
  comparisons: z.int().meta({ description: 'Decisions whose answers were compared' }),
  units: z.int(),
  references: z.int().meta({ description: 'Of the decisions, those in which the champion was called a second time' }),
  calls: z.object({
    shadowed: z.number().meta({ description: 'Shadow calls that the SDKs made' }),
    dropped: z.number().meta({ description: 'Left out because too many were under way' }),
    droppedShare: z.number().nullable(),
  }),
  agreement,
  measures: z.array(measure),
  scores: scores.nullable().meta({ description: 'null: answers have no score' }),
  latency,
  errors,
  drift,
  segments: z
    .array(
      z.object({
        attribute: z.string(),
        value: z.string().nullable().meta({ description: 'null: other values' }),
        disagreement: shadowEstimate.meta({ description: 'Share of decisions in which both answers differ' }),
      }),
    )
    .meta({ description: 'Each interval stands by itself: of many segments some differ by chance' }),
  labels,
  examples: z
    .array(
      z.object({
        decision: z.string(),
        at: instant,
        champion: z.unknown(),
        candidate: z.unknown(),
        measures: z.record(z.string(), z.union([z.number(), z.boolean()])),
        example: z.unknown().meta({ description: 'What the service let out of both answers' }),
      }),
    )
    .meta({ description: 'The 20 largest disagreements of which a sample was kept' }),
});
export type ShadowReport = z.infer<typeof shadowReport>;
