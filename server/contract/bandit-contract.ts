import { z } from 'zod';
import { interval } from './comparison-parts.ts';
import { instant, key } from './field-types.ts';

const value = z.object({
  estimate: z.number().meta({ description: 'Mean reward per decision' }),
  standardError: z.number().meta({ description: 'Clustered by unit' }),
  interval,
});

const policyValue = z.object({
  status: z.enum(['ok', 'insufficient']),
  sentence: z.string(),
  missing: z.string().nullable().meta({ description: 'What is missing for an answer; null when ok' }),
  effectiveUnits: z.number().meta({ description: 'Independent units that the log is worth for this split' }),
  meanWeight: z.number().meta({ description: 'Mean of split / propensity over decisions; near 1 in a sound log' }),
  ips: value.nullable().meta({ description: 'By inverse propensity: unbiased, moves with the zero of the reward' }),
  snips: value.nullable().meta({ description: 'Self-normalised' }),
  doublyRobust: value.nullable().meta({ description: 'With means of other folds as the model: the one to read' }),
});
export type PolicyValue = z.infer<typeof policyValue>;

export const offPolicyAnswer = policyValue.extend({
  split: z.array(z.object({ variant: key, weight: z.number() })),
  level: z.number(),
  phase: z.int().meta({ description: 'Position of the phase' }),
  units: z.int(),
  decisions: z.int().meta({ description: 'Closed decisions of these units' }),
  computedAt: instant.nullable(),
});
export type OffPolicyAnswer = z.infer<typeof offPolicyAnswer>;

const arm = z.object({
  variant: key,
  control: z.boolean(),
  weight: z.number().meta({ description: 'Share of units that get it in the current epoch, 0-1' }),
  closedCells: z
    .int()
    .meta({ description: 'Cells (a unit in an epoch) whose rewards are final: all the posterior knows' }),
  meanAsCame: z
    .number()
    .nullable()
    .meta({ description: 'Mean reward of these cells; not to be compared, since arms were used at different times' }),
  effect: z
    .number()
    .nullable()
    .meta({ description: 'Posterior mean of the effect against the champion, reward per cell' }),
  standardDeviation: z.number().nullable().meta({ description: 'Of that effect; 0 for the champion' }),
  probabilityBest: z
    .number()
    .meta({ description: 'Posterior probability, 0-1; no p-value, and no conclusion by itself' }),
});

const posterior = z.object({
  status: z.enum(['warm_up', 'ready']),
  sentence: z.string(),
  arms: z.array(arm),
});

const inference = z.object({
  status: z.enum(['ok', 'refused', 'waiting']),
  sentence: z.string().meta({ description: 'What it says, or why there is none' }),
  decisive: z.boolean().meta({ description: 'Taken once at the end of the plan; else not for decisions' }),
  at: instant.nullable().meta({ description: 'Decisions made before this are in it' }),
  level: z.number(),
  units: z.int(),
  decisions: z.int(),
  means: z
    .array(z.object({ variant: key, decisions: z.int(), value: value.nullable() }))
    .meta({ description: 'Mean reward per decision, by AIPW with √weight stabilisation' }),
  differences: z.array(z.object({ variant: key, value: value.nullable() })).meta({
    description:
      'Each variant minus the champion, per decision, both weighed alike at any time; not the difference of the two means. Intervals hold together at the level',
  }),
});

/** Where the weights stand, what the posterior knows, and what may be inferred. */
export const banditReport = z.object({
  mode: z.literal('bandit'),
  sentence: z.string().meta({ description: 'Where it stands, before all numbers' }),
  reward: z.object({
    metric: key,
    name: z.string(),
    direction: z.enum(['increase', 'decrease']),
    windowSeconds: z.int(),
    latenessSeconds: z.int(),
    sentence: z.string().meta({ description: 'When a decision counts, success or not, and in which unit rewards are' }),
  }),
  epoch: z.object({
    number: z.int(),
    startedAt: instant,
    renewsAt: instant.nullable().meta({ description: 'When weights are renewed next; null while paused or ended' }),
    closed: z.int().meta({ description: 'Epochs whose rewards are all final' }),
    waiting: z.int().meta({ description: 'Ended epochs that wait for rewards' }),
  }),
  warmUp: z.object({
    complete: z.boolean(),
    cellsNeeded: z.int().meta({ description: 'Closed cells that every variant needs' }),
    sentence: z.string(),
  }),
  open: z.object({
    decisions: z.int(),
    openDecisions: z.int().meta({ description: 'Their reward window or lateness allowance has not passed' }),
    share: z.number().nullable().meta({ description: '0-1; null before the first decision' }),
    sentence: z.string(),
  }),
  posterior,
  contexts: z
    .object({ attribute: z.string(), values: z.array(posterior.extend({ value: z.string() })) })
    .nullable()
    .meta({ description: 'By value of the context, each with weights of its own; null without a context' }),
  weights: z
    .array(z.object({ epoch: z.int(), at: instant, weights: z.array(z.object({ variant: key, weight: z.number() })) }))
    .meta({ description: 'Over time, at most 200 epochs; without contexts' }),
  regret: z.object({
    sentence: z.string().meta({ description: 'What it is, and how much so far' }),
    total: z.number().nullable().meta({ description: 'Rewards given up so far, estimated; null during the warm-up' }),
  }),
  overTime: z
    .array(
      z.object({
        at: instant,
        regret: z.number().nullable().meta({ description: 'Rewards given up until the end of this period, estimated' }),
        arms: z.array(z.object({ variant: key, cells: z.int(), share: z.number(), mean: z.number().nullable() })),
      }),
    )
    .meta({ description: 'Closed cells by period, at most 200 points: allocation and mean reward per cell' }),
  inference,
  offPolicy: z
    .array(z.object({ variant: key, value: policyValue }))
    .meta({ description: 'What always giving this variant would have earned per decision' }),
  scale: z.string().meta({ description: 'Why these numbers do not stand on one scale with an A/B phase' }),
});
export type BanditReport = z.infer<typeof banditReport>;
