import { z } from 'zod';
import { key } from './field-types.ts';

/** What changed since the message before: names only, so that whoever looks at it asks again. */
export const liveChange = z.object({
  experiments: z.array(key).meta({ description: 'Their life cycle, plan or numbers' }),
  slots: z.boolean().meta({ description: 'What SDKs decide by: slots, champions, splits, pauses' }),
  metrics: z.boolean().meta({ description: 'The catalogue of metrics' }),
  audit: z.boolean().meta({ description: 'The record of who did what has new entries' }),
});
export type LiveChange = z.infer<typeof liveChange>;
