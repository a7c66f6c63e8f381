import { z } from 'zod';
import { key } from './field-types.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const explainInput = z.object({
  slot: key,
  unit: z.string().max(1024).meta({ description: 'Who is randomised, as the service names it' }),
  attributes: z
    .record(z.string(), z.union([scalar, z.array(scalar)]).nullable())
    .default({})
    .meta({ description: 'As the service gives them to `decide`' }),
});
export type ExplainInput = z.input<typeof explainInput>;

const share = z.number().min(0).max(1);

const ruleShape = {
  attribute: z.string().meta({ description: 'Empty where the rule is on audiences' }),
  operator: z.string(),
  values: z.array(z.unknown()),
  actual: z.unknown().meta({ description: 'What the unit has; null: nothing' }),
  holds: z.boolean(),
};
const audience = z.object({ key: z.string(), holds: z.boolean(), rules: z.array(z.object(ruleShape)) });

const explainedExperiment = z.object({
  key,
  phase: z.int().meta({ description: 'Id of the phase' }),
  mode: z.string(),
  step: z.int(),
  asked: z.boolean().meta({ description: 'false: one before it took the unit; the rest is what it would have done' }),
  outcome: z.enum(['not_targeted', 'outside_range', 'assigned', 'champion']),
  sentence: z.string(),
  rules: z.array(z.object({ ...ruleShape, audiences: z.array(audience) })).meta({ description: 'All must hold' }),
  layer: z
    .object({ salt: z.string(), draw: share, from: share, to: share, inside: z.boolean() })
    .meta({ description: 'In the experiment iff from <= draw < to' }),
  split: z.object({
    salt: z.string(),
    draw: share,
    context: z
      .object({ attribute: z.string(), value: z.unknown(), own: z.boolean() })
      .nullable()
      .meta({ description: 'Bandits with a context: the value, and whether it has a split of its own' }),
    entries: z
      .array(
        z.object({
          variant: key,
          from: share,
          to: share,
          weight: share,
          band: z.string().nullable(),
          taken: z.boolean(),
        }),
      )
      .meta({ description: 'The first whose `to` exceeds the draw is taken' }),
  }),
});

export const explanation = z.object({
  slot: key,
  unit: z.string(),
  decision: z.object({
    variant: z.string(),
    payload: z.unknown(),
    reason: z.string(),
    propensity: z.number(),
    experiment: z.string().nullable(),
    phase: z.int().nullable(),
    step: z.int(),
    ruleset: z.int(),
  }),
  sentence: z.string(),
  experiments: z
    .array(explainedExperiment)
    .meta({ description: 'In the order in which they are asked; the first that takes the unit decides' }),
});
export type ExplanationAnswer = z.infer<typeof explanation>;
