import { z } from 'zod';
import { canaryPlan } from './canary-plan-contract.ts';
import { interval } from './comparison-parts.ts';
import { instant, key, margin } from './field-types.ts';
import { gateState } from './gate-contract.ts';

const share = z.number().min(0).max(1);

const decision = z
  .object({
    kind: z.enum(['roll_back', 'advance', 'finish', 'hold', 'wait']),
    state: z.enum(['fail', 'hold', 'no_data', 'inconclusive', 'pass']).meta({
      description: 'The first that applies of fail, hold, no data, inconclusive, pass',
    }),
    sentence: z.string().meta({ description: 'Why it stands where it stands, with numbers' }),
    nextCheckAt: instant.nullable().meta({
      description: 'When the minima of the step are expected to be met at its pace; null: nothing says when',
    }),
  })
  .meta({ description: 'What the controller does now; it looks every second' });

const armOfStep = z.object({
  units: z.int().meta({ description: 'Mature units first exposed in this step' }),
  value: z.number().meta({ description: 'Rate, mean or ratio of these units, in the unit of the metric' }),
});

const OF_STEP = 'Of this step alone, at 95 %: for looking, while the guardrail is judged over all steps together';

/** One metric over the steps of a ramp. */
const steppedMetric = z.object({
  difference: z.number().nullable().meta({
    description:
      'Candidate minus control, in the unit of the metric, weighted over steps by n_A n_B / (n_A + n_B), never pooled; null: too few units',
  }),
  steps: z.array(
    z.object({
      step: z.int(),
      candidate: armOfStep,
      control: armOfStep,
      difference: z.number().meta({ description: 'Candidate minus control, in this step alone' }),
      interval: interval.nullable().meta({ description: `${OF_STEP}; null below 30 units of either` }),
    }),
  ),
});

const rateEvidence = z
  .object({
    failLogE: z.number().meta({ description: 'Highest natural logarithm of e against "not worse", so far' }),
    passLogE: z.number().meta({ description: 'The same against "worse by the margin"' }),
    neededLogE: z.number().meta({ description: 'Where either decides: ln(guardrails / alpha)' }),
    failedAt: instant.nullable(),
    passedAt: instant.nullable(),
    candidateUnits: z.int().meta({ description: "Units whose first failing call of the phase was the candidate's" }),
    controlUnits: z.int(),
    waitingUnits: z.int().meta({ description: 'Units that failed in the waiting band: they are not judged' }),
    expectedCandidateUnits: z.number().meta({ description: 'Of the failing units, were the candidate no worse' }),
    rateRatio: z.number().nullable().meta({
      description: "Rate of the candidate over the control's, over steps; an estimate for display, without an interval",
    }),
    steps: z.array(
      z.object({
        step: z.int(),
        candidate: z.int(),
        control: z.int(),
        waiting: z.int(),
        ratio: z
          .object({
            estimate: z.number().nullable().meta({ description: 'null: no unit of the control has failed' }),
            lower: z.number(),
            upper: z.number().nullable().meta({ description: 'null: no upper limit' }),
          })
          .nullable()
          .meta({
            description: `Rate of the candidate over the control's in this step. ${OF_STEP}, exact given the number of failing units; null without one`,
          }),
      }),
    ),
  })
  .meta({ description: 'Guardrails on calls: each unit counts once, at its first failing call of the phase' });

const metricEvidence = steppedMetric.extend({
  lower: z.number().nullable().meta({
    description: 'Of the difference; each limit alone holds at all times with confidence 1 - alpha / guardrails',
  }),
  upper: z.number().nullable(),
  failLogE: z.number().nullable(),
  passLogE: z.number().nullable(),
});

const guardrail = z.object({
  name: z.string(),
  kind: z.enum(['errors', 'slow_calls', 'metric']),
  state: gateState,
  sentence: z.string(),
  mustPass: z.boolean().meta({ description: 'A step waits until it has passed; else it need only not have failed' }),
  metric: key.nullable(),
  margin: margin.meta({ description: 'How much worse still passes' }),
  rollbackMargin: z
    .number()
    .meta({ description: 'Shown to be worse by more than this, in the kind of the margin, fails' }),
  thresholdMs: z.number().nullable().meta({ description: 'Slow calls: a call is slow above this, ms' }),
  limits: z.object({ even: z.number(), pass: z.number().nullable(), fail: z.number().nullable() }).meta({
    description:
      'On the scale of the intervals by step, a ratio of rates or a difference of the metric: no difference; worse by the margin; worse by the rollback margin. null: a relative margin of a control that is not known yet',
  }),
  rate: rateEvidence.nullable(),
  evidence: metricEvidence.nullable().meta({ description: 'Guardrails on metrics' }),
});

const stepHistory = z.object({
  step: z.int(),
  share: share.meta({ description: 'Of the candidate' }),
  startedAt: instant,
  endedAt: instant.nullable(),
  reason: z.string().nullable().meta({ description: 'Why it was entered; null: the first' }),
  candidateRequests: z.int(),
  championRequests: z.int().meta({ description: 'Control and waiting band' }),
  candidateErrors: z.int().meta({ description: 'Calls that failed, timed out or left no record' }),
  championErrors: z.int(),
  candidateMeanMs: z.number().nullable(),
  championMeanMs: z.number().nullable(),
});

/** Where the ramp stands, why, and what its guardrails say. */
export const canaryReport = z.object({
  mode: z.literal('canary'),
  candidate: key,
  control: key,
  decision,
  step: z.int().meta({ description: 'From 1' }),
  steps: z.int().meta({ description: 'How many there are' }),
  share: share.meta({ description: 'Of the candidate, now; 0 after a rollback and while paused' }),
  largestShare: share.meta({ description: 'Of the last step; units above it are control in every step' }),
  enteredAt: instant,
  requests: z.object({
    made: z.int().meta({ description: 'Served by the candidate in this step' }),
    minimum: z.int(),
  }),
  seconds: z.object({ elapsed: z.number(), minimum: z.int() }).meta({ description: 'In this step, pauses left out' }),
  alpha: z.number().meta({ description: 'Probability of rolling back a harmless candidate, over the whole phase' }),
  rolledBack: z.object({ at: instant, reason: z.string() }).nullable(),
  guardrails: z.array(guardrail),
  sampleRatio: z.object({
    sentence: z.string(),
    alarm: z.boolean(),
    logE: z.number().meta({ description: 'Natural logarithm of the e-value over all steps; an alarm from ln 1000' }),
    steps: z.array(
      z.object({
        step: z.int(),
        candidate: z.int(),
        control: z.int(),
        expectedCandidate: z.number(),
        logE: z.number(),
      }),
    ),
  }),
  plan: canaryPlan.meta({
    description:
      "Samples that each step needs, and the time it takes, at the traffic and the champion's error rate of this phase",
  }),
  history: z.array(stepHistory),
  metrics: z
    .array(steppedMetric.extend({ metric: key, name: z.string() }))
    .meta({ description: "The experiment's metrics over mature units first exposed in each step; for display only" }),
});
export type CanaryReport = z.infer<typeof canaryReport>;
