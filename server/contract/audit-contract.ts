import { z } from 'zod';
import { instant } from './field-types.ts';

export const auditEntry = z.object({
  id: z.int(),
  at: instant,
  actor: z.string().meta({ description: 'Name of the key or session; "Assay" where a gate or guardrail acted' }),
  action: z.string().meta({ description: 'For instance experiment.roll-back' }),
  subject: z.string().meta({ description: 'Kind and key, for instance experiment:checkout' }),
  detail: z.record(z.string(), z.unknown()).meta({ description: 'Reason and numbers; of edits, before and after' }),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditPage = z.object({
  entries: z.array(auditEntry).meta({ description: 'Newest first' }),
  next: z.int().nullable().meta({ description: '`before` of the page that follows; null: this is the last' }),
});
export type AuditPage = z.infer<typeof auditPage>;
