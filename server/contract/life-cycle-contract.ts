import { z } from 'zod';
import { experimentMetric } from './catalog.ts';
import { instant, key, reason } from './field-types.ts';
import { targetingRule } from './targeting-contract.ts';

/** What people send to move or edit an experiment, and what the history tells of it. */

const seen = z.int().min(0).optional().meta({
  description: 'Position of the running phase as you saw it: refused when another one runs by now',
});

export const moveInput = z.object({ reason: reason.optional(), phase: seen });

export const holdInput = z.object({ reason, phase: seen });

export const concludeInput = z.object({
  promote: key.optional().meta({ description: "Makes this variant the slot's champion in the same transaction" }),
  reason: reason.optional(),
  phase: seen,
});

export const experimentEdit = z
  .strictObject({
    name: z.string().min(1).max(128),
    hypothesis: z.string().max(2000),
    targeting: z.array(targetingRule).max(50),
    range: z.object({ from: z.number().min(0).lt(1), to: z.number().gt(0).lte(1) }),
    segments: z.array(z.string().min(1).max(128)).max(8),
    metrics: z.array(experimentMetric).max(50),
  })
  .partial()
  .meta({ description: 'What is to change. All but name and hypothesis only while it is a draft' });
export type ExperimentEdit = z.output<typeof experimentEdit>;

export const historyEntry = z.object({
  at: instant,
  actor: z.string().meta({ description: 'Name of the key or session; "Assay" where a gate or guardrail acted' }),
  action: z.string().meta({ description: 'For instance experiment.advance' }),
  detail: z.record(z.string(), z.unknown()).meta({ description: 'Reason and numbers; of edits, before and after' }),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const history = z.object({
  entries: z.array(historyEntry).meta({ description: 'Newest first, at most 500' }),
});
