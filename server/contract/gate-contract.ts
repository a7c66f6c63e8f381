import { z } from 'zod';

export const gateState = z.enum(['pass', 'fail', 'inconclusive', 'no_data']);
export type GateState = z.infer<typeof gateState>;

/** Whether a phase may hand over to the next one: the worst of its limits decides. */
export const gateReport = z.object({
  state: gateState,
  sentence: z.string().meta({ description: 'What it says, or what it waits for' }),
  limits: z.array(
    z.object({
      name: z.string(),
      state: gateState,
      sentence: z.string(),
    }),
  ),
});
export type GateReport = z.infer<typeof gateReport>;
