import { z } from 'zod';

/** Where the ramp stands, why, and what its guardrails say. */
export const canaryReport = z.object({
  mode: z.literal('canary'),
});
export type CanaryReport = z.infer<typeof canaryReport>;
