import { z } from 'zod';
import { instant, key } from './field-types.ts';
import { chosenPlan, plan } from './plan-contract.ts';
import { banditSettings, canarySettings, interleaveSettings, shadowSettings } from './settings-contract.ts';

export const mode = z.enum(['shadow', 'canary', 'ab', 'bandit', 'interleave']).meta({
  description:
    'shadow: the candidate is called beside the champion, its answer is compared and never shown; canary: its share grows in steps and falls to 0 when it harms; ab: fixed split; bandit: the split follows the rewards; interleave: both rankings mixed into one list',
});
export type Mode = z.infer<typeof mode>;

export const phaseInput = z.object({
  mode: mode.default('ab'),
  assignment: z.enum(['hash', 'external']).default('hash').meta({
    description: 'external: assignments were made elsewhere and are reported with their own times; ab only',
  }),
  split: z
    .array(z.object({ variant: key, weight: z.number().gt(0).lte(1) }))
    .min(2)
    .max(100)
    .optional()
    .meta({ description: 'ab: variants and weights; weights sum to 1 within 1e-9. The control is the champion' }),
  candidate: key.optional().meta({ description: 'shadow and canary: the one variant that is tried' }),
  variants: z.array(key).min(2).max(100).optional().meta({
    description: 'bandit and interleave: the variants, the champion among them',
  }),
  plan: plan.prefault({}),
  continues: z.boolean().default(false).meta({
    description:
      'Units keep the variant of the phase before (same salt); only units that it did not expose are then tested. canary and ab after canary or ab',
  }),
  sticky: z.boolean().default(false).meta({
    description:
      'SDKs with a sticky store keep units on the variant that they remember, also over a change of weights in a phase that continues, and after login. ab only, assigned by hash',
  }),
  gate: z.enum(['manual', 'automatic']).default('manual').meta({
    description: 'automatic: the next phase starts by itself once this one passes; manual: a person advances',
  }),
  shadow: shadowSettings.optional(),
  canary: canarySettings.optional(),
  bandit: banditSettings.optional(),
  interleave: interleaveSettings.optional(),
  startedAt: instant.optional().meta({ description: 'External phases only: when assignment really began' }),
  endedAt: instant.optional().meta({ description: 'External phases only: when assignment really ended' }),
});
export type PhaseInput = z.input<typeof phaseInput>;

export const phase = z.object({
  id: z.int(),
  position: z.int(),
  mode: z.enum([...mode.options, 'holdout']),
  state: z.enum(['planned', 'running', 'ended']),
  assignment: z.enum(['hash', 'external']),
  step: z.int().meta({ description: 'Step of a canary, epoch of a bandit, 1 otherwise' }),
  salt: z.string(),
  continues: z.boolean(),
  sticky: z.boolean(),
  gate: z.enum(['manual', 'automatic']),
  split: z
    .array(z.object({ variant: key, weight: z.number(), control: z.boolean() }))
    .meta({ description: 'Weights that apply now; of shadow phases the share of units that are shadowed' }),
  plan: chosenPlan,
  shadow: shadowSettings.nullable(),
  canary: canarySettings.nullable(),
  bandit: banditSettings.nullable(),
  interleave: interleaveSettings.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  endedAs: z.enum(['advanced', 'concluded', 'rolled_back']).nullable(),
  endReason: z.string().nullable().meta({ description: 'Why it ended, as a sentence with its numbers' }),
  pauses: z
    .array(z.object({ from: instant, to: instant.nullable() }))
    .meta({ description: 'Gaps in which everyone got the champion; `to` is null while it lasts' }),
  hold: z
    .object({ by: z.string(), at: instant, reason: z.string() })
    .nullable()
    .meta({ description: 'A person keeps the canary at its step' }),
});
export type Phase = z.infer<typeof phase>;
