import { z } from 'zod';
import { instant, key } from './field-types.ts';
import { canarySettings } from './settings-contract.ts';

const rate = z.number().gt(0).lt(1);

export const canaryPlanInput = z.object({
  slot: key,
  canary: canarySettings,
  trafficShare: z.number().gt(0).lte(1).default(1).meta({ description: "Of the slot's traffic, in the experiment" }),
  errorRate: rate.optional().meta({ description: "Of the champion's calls, 0-1; default: of the last seven days" }),
  requestsPerSecond: z.number().gt(0).optional().meta({ description: 'Default: of the last 24 hours' }),
});

export const canaryPlan = z.object({
  sentence: z.string(),
  problems: z.array(z.string()).meta({ description: 'What would be refused on saving, with the way out' }),
  requestsPerSecond: z.number().nullable().meta({ description: 'null: no call of the slot is known' }),
  errorRate: z.number().nullable().meta({ description: "Of the champion's calls, 0-1; null: not known" }),
  seconds: z.number().nullable().meta({ description: 'Expected for the whole ramp at its minima' }),
  steps: z.array(
    z.object({
      step: z.int(),
      share: z.number(),
      minimumRequests: z.int(),
      seconds: z.number().nullable().meta({ description: 'Until both minima are met, at current traffic' }),
      guardrails: z.array(
        z.object({
          guardrail: z.int().meta({ description: 'Place in the settings, from 0' }),
          kind: z.enum(['errors', 'slow_calls', 'metric']),
          mustPass: z.boolean(),
          baselineRate: z.number().nullable(),
          neededForPass: z.int().nullable().meta({
            description:
              'Requests of the candidate in this step with which an identical candidate passes with probability 0.8, the steps before it at their minima; null: rate not known, or a metric',
          }),
          neededForHarm: z.int().nullable().meta({
            description: 'With which a candidate worse by twice the margin is rolled back with probability 0.8',
          }),
        }),
      ),
    }),
  ),
});
export type CanaryPlan = z.infer<typeof canaryPlan>;

export const dryRunInput = z.object({
  experiment: key,
  phase: z.int().min(0).meta({ description: 'Position of a canary phase that has run' }),
  canary: canarySettings.optional().meta({
    description:
      'The policy to try: its alpha, minima, margins and must-passes; the steps and shares are those that ran',
  }),
});

export const dryRun = z.object({
  sentence: z.string(),
  actions: z.array(
    z.object({
      at: instant,
      kind: z.enum(['roll_back', 'advance', 'finish']),
      step: z.int().meta({ description: "The policy's step before it" }),
      dataStep: z.int().meta({ description: 'The step that really ran at that time' }),
      sentence: z.string(),
    }),
  ),
  notes: z.array(z.string()).meta({ description: 'What this replay cannot know' }),
});
export type DryRun = z.infer<typeof dryRun>;
