import { and, desc, eq } from 'drizzle-orm';
import { audit } from '../db/access-schema.ts';
import type { Executor } from '../db/database.ts';
import type { Principal } from '../http/route.ts';

const MOST_ENTRIES = 500;

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

/** What was done to one thing, newest first. */
export async function readAudit(
  db: Executor,
  environmentId: number,
  subject: string,
): Promise<{ at: Date; actor: string; action: string; detail: Record<string, unknown> }[]> {
  return db
    .select({ at: audit.at, actor: audit.actor, action: audit.action, detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.environmentId, environmentId), eq(audit.subject, subject)))
    .orderBy(desc(audit.id))
    .limit(MOST_ENTRIES);
}
