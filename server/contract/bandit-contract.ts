import { z } from 'zod';

/** Where the weights stand, what the posterior knows, and what may be inferred. */
export const banditReport = z.object({
  mode: z.literal('bandit'),
});
export type BanditReport = z.infer<typeof banditReport>;
