import { z } from 'zod';
import { instant, key } from './field-types.ts';

/** How many new units come to a slot, as its latest A/B or bandit phase met them. */
export const slotTraffic = z.object({
  slot: key,
  traffic: z
    .object({
      unitsPerDay: z.number().meta({ description: 'New units a day of the whole slot' }),
      experiment: key,
      experimentName: z.string(),
      phase: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
      startedAt: instant,
      days: z.number().meta({ description: 'How long it has run, without its pauses' }),
      units: z.int().meta({ description: 'Units of all its variants' }),
      share: z.number().meta({ description: "The part of the slot's units that the experiment may use, 0-1" }),
      targeted: z.boolean().meta({ description: 'Only units that fulfil its targeting were counted' }),
    })
    .nullable()
    .meta({ description: 'null: no such phase has run for an hour' }),
});
export type SlotTraffic = z.infer<typeof slotTraffic>;
