import { z } from 'zod';

/** What the candidate would have answered, beside what was answered. */
export const shadowReport = z.object({
  mode: z.literal('shadow'),
});
export type ShadowReport = z.infer<typeof shadowReport>;
