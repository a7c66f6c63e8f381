import { z } from 'zod';

/** What a rebuild does, in order. */
export const REBUILD_STEPS = ['exposures', 'outcomes', 'units', 'sums', 'calls'] as const;
export type RebuildStep = (typeof REBUILD_STEPS)[number];

/** One line of the answer of a rebuild. */
export const rebuildLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('waiting').meta({ description: 'Another process is at the roll-ups: it begins when that is done' }),
  }),
  z.object({
    type: z.literal('step'),
    step: z.enum(REBUILD_STEPS),
    done: z.int().meta({ description: 'Steps before this one' }),
    of: z.int(),
  }),
  z.object({
    type: z.literal('done'),
    seconds: z.number(),
    changed: z.int().meta({ description: 'Rows of single units that were not what the raw events say' }),
  }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type RebuildLine = z.infer<typeof rebuildLine>;

export const rebuildInput = z.object({
  phase: z.int().min(0).optional().meta({ description: 'Position of the phase; the current or last one when absent' }),
});
