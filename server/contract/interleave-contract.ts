import { z } from 'zod';

/** Which ranking is preferred, over units. */
export const interleaveReport = z.object({
  mode: z.literal('interleave'),
});
export type InterleaveReport = z.infer<typeof interleaveReport>;
