import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm';
import type { TargetingRule } from '../../sdk/index.ts';
import { audience } from '../db/audience-schema.ts';
import type { Executor } from '../db/database.ts';
import { experiment } from '../db/schema.ts';

export type AudienceRow = typeof audience.$inferSelect;
type Fields = Pick<AudienceRow, 'name' | 'description' | 'rules'>;

const ofKey = (environmentId: number, key: string) =>
  and(eq(audience.environmentId, environmentId), eq(audience.key, key));

export async function listAudiences(db: Executor, environmentId: number): Promise<AudienceRow[]> {
  return db.select().from(audience).where(eq(audience.environmentId, environmentId)).orderBy(asc(audience.key));
}

export async function findAudience(db: Executor, environmentId: number, key: string): Promise<AudienceRow | null> {
  const [row] = await db.select().from(audience).where(ofKey(environmentId, key));
  return row ?? null;
}

/** Takes the row lock that keeps drafts from naming it meanwhile. */
export async function lockAudience(db: Executor, environmentId: number, key: string): Promise<AudienceRow | null> {
  const [row] = await db.select().from(audience).where(ofKey(environmentId, key)).for('update');
  return row ?? null;
}

/** Those of the keys that exist; they stay as they are until the transaction ends. */
export async function holdAudiences(db: Executor, environmentId: number, keys: string[]): Promise<AudienceRow[]> {
  if (keys.length === 0) return [];
  const named = and(eq(audience.environmentId, environmentId), inArray(audience.key, keys));
  return db.select().from(audience).where(named).orderBy(asc(audience.id)).for('share');
}

/** False: there is one of this key. */
export async function insertAudience(db: Executor, row: typeof audience.$inferInsert): Promise<boolean> {
  const inserted = await db.insert(audience).values(row).onConflictDoNothing().returning({ id: audience.id });
  return inserted.length > 0;
}

export async function updateAudience(db: Executor, id: number, { name, description, rules }: Fields): Promise<void> {
  const set = { name, description, rules, updatedAt: sql`now()` };
  await db.update(audience).set(set).where(eq(audience.id, id));
}

export async function deleteAudience(db: Executor, id: number): Promise<void> {
  await db.delete(audience).where(eq(audience.id, id));
}

export interface AudienceUse {
  experiment: string;
  state: 'draft' | 'running' | 'paused';
  targeting: TargetingRule[];
}

/** Experiments not yet concluded that have rules. */
export async function listTargeted(db: Executor, environmentId: number): Promise<AudienceUse[]> {
  const { key, state, targeting } = experiment;
  const rows = await db
    .select({ experiment: key, state, targeting })
    .from(experiment)
    .where(and(eq(experiment.environmentId, environmentId), ne(state, 'concluded'), sql`${targeting} <> '[]'::jsonb`))
    .orderBy(asc(key));
  return rows.flatMap((row) => (row.state === 'concluded' ? [] : [{ ...row, state: row.state }]));
}
