import type { Executor } from '../db/database.ts';
import { audit } from '../db/schema.ts';
import type { Principal } from '../http/route.ts';

/** Who did what to which thing; written in the transaction of the change itself. */
export async function writeAudit(
  db: Executor,
  who: Pick<Principal, 'environmentId' | 'name'>,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await db.insert(audit).values({ environmentId: who.environmentId, actor: who.name, action, subject, detail });
}
