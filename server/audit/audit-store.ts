import { and, desc, eq, gte, ilike, like, lt } from 'drizzle-orm';
import { audit } from '../db/access-schema.ts';
import type { Executor } from '../db/database.ts';
import type { Principal } from '../http/route.ts';
import type { AuditFilter } from './audit-filter.ts';

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

export interface AuditRow {
  id: number;
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** What the filter lets through, newest first, from the entry before `before` on. */
export async function findAudit(
  db: Executor,
  environmentId: number,
  { subject, actor, action, from, to }: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditRow[]> {
  const ofSubject = subject?.includes(':') ? eq(audit.subject, subject) : like(audit.subject, `${subject}:%`);
  const { id, at } = audit;
  return db
    .select({ id, at, actor: audit.actor, action: audit.action, subject: audit.subject, detail: audit.detail })
    .from(audit)
    .where(
      and(
        eq(audit.environmentId, environmentId),
        before === null ? undefined : lt(id, before),
        subject === undefined ? undefined : ofSubject,
        actor === undefined ? undefined : ilike(audit.actor, `%${actor.replace(/[\\%_]/g, '\\$&')}%`),
        action === undefined ? undefined : eq(audit.action, action),
        from && gte(at, from),
        to && lt(at, to),
      ),
    )
    .orderBy(desc(id))
    .limit(limit);
}
