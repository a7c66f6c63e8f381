import { and, desc, eq, gte, inArray, sql } from 'drizzle-orm';
import { audit } from '../db/access-schema.ts';
import type { Executor } from '../db/database.ts';
import type { ExperimentRow } from '../experiments/experiment-store.ts';
import type { Happened } from './attention-facts.ts';

const TOLD = [
  'experiment.roll-back',
  'experiment.pause',
  'experiment.advance-refused',
  'canary.sample-ratio',
  'canary.complete',
];
/** More than a glance needs; a page of history has the rest. */
const MOST = 500;

/** What the history says of experiments that are under way, newest first, by key. */
export async function readHappened(
  db: Executor,
  environmentId: number,
  rows: Pick<ExperimentRow, 'key' | 'createdAt'>[],
): Promise<Map<string, Happened[]>> {
  const found = new Map<string, Happened[]>();
  const first = rows.map(({ createdAt }) => createdAt).sort((a, b) => a.getTime() - b.getTime())[0];
  if (!first) return found;
  const entries = await db
    .select({ subject: audit.subject, at: audit.at, actor: audit.actor, action: audit.action, detail: audit.detail })
    .from(audit)
    .where(
      and(
        eq(audit.environmentId, environmentId),
        gte(audit.at, first),
        inArray(
          audit.subject,
          rows.map(({ key }) => `experiment:${key}`),
        ),
        inArray(audit.action, TOLD),
      ),
    )
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(MOST);
  for (const { subject, ...entry } of entries) {
    const key = subject.slice('experiment:'.length);
    found.set(key, [...(found.get(key) ?? []), entry]);
  }
  return found;
}

/** The variants that were promoted when these experiments were concluded, by key of the experiment. */
export async function readPromoted(
  db: Executor,
  environmentId: number,
  rows: Pick<ExperimentRow, 'key' | 'createdAt'>[],
): Promise<Map<string, string>> {
  const first = rows.map(({ createdAt }) => createdAt).sort((a, b) => a.getTime() - b.getTime())[0];
  if (!first) return new Map();
  const entries = await db
    .select({ subject: audit.subject, promoted: sql<string>`${audit.detail}->>'promote'` })
    .from(audit)
    .where(
      and(
        eq(audit.environmentId, environmentId),
        gte(audit.at, first),
        eq(audit.action, 'experiment.conclude'),
        inArray(
          audit.subject,
          rows.map(({ key }) => `experiment:${key}`),
        ),
        sql`${audit.detail} ? 'promote'`,
      ),
    );
  return new Map(entries.map(({ subject, promoted }) => [subject.slice('experiment:'.length), promoted]));
}

export async function countCatalogue(db: Executor, environmentId: number): Promise<{ slots: number; metrics: number }> {
  const { rows } = await db.execute<{ slots: number; metrics: number }>(sql`
    select (select count(*)::int from slot where environment_id = ${environmentId}) as slots,
      (select count(*)::int from metric where environment_id = ${environmentId}) as metrics`);
  return rows[0] ?? { slots: 0, metrics: 0 };
}
