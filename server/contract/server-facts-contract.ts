import { z } from 'zod';
import { instant } from './field-types.ts';

export const serverFacts = z.object({
  version: z.string(),
  ruleset: z.object({
    version: z.int(),
    changedAt: instant.meta({ description: 'Since when SDKs decide by it' }),
  }),
  database: z.enum(['built_in', 'external']),
  processes: z.int().meta({ description: 'That serve HTTP' }),
  retentionDays: z.int().meta({ description: 'Days that raw events are kept; 0: for ever' }),
  maxBodyBytes: z.int().meta({ description: 'Largest request body' }),
  ofrepRequestsPerSecond: z.int().meta({ description: 'Of one key; 0: without limit' }),
});
export type ServerFacts = z.infer<typeof serverFacts>;
