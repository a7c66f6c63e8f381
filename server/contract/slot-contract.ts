import { z } from 'zod';
import { instant, key } from './field-types.ts';

export const reign = z.object({
  variant: key,
  from: instant,
  until: instant.nullable().meta({ description: 'null: it is the champion now' }),
  actor: z.string().meta({ description: 'Who chose it' }),
  experiment: z.object({ key, name: z.string() }).nullable().meta({
    description: 'The experiment that was concluded with it; null: chosen by hand, or with the slot',
  }),
  first: z.boolean().meta({ description: 'The champion that the slot was made with' }),
  reason: z.string().nullable(),
});
export type Reign = z.infer<typeof reign>;

export const championHistory = z.object({
  champions: z.array(reign).meta({ description: 'Newest first: who answered from when to when, and by whose choice' }),
});
