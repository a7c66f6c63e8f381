import { createHash, randomBytes } from 'node:crypto';
import { and, desc, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import { apiKey } from '../db/access-schema.ts';
import type { Executor } from '../db/database.ts';
import { environment, project } from '../db/schema.ts';

export type KeyKind = 'sdk' | 'admin' | 'session' | 'sign_in';

/** A chosen secret is that of a key that was revoked. */
export class KeyRevokedError extends Error {
  override readonly name = 'KeyRevokedError';
}

export interface KeyRow {
  id: number;
  environmentId: number;
  kind: KeyKind;
  name: string;
  prefix: string;
  createdAt: Date;
}

const columns = {
  id: apiKey.id,
  environmentId: apiKey.environmentId,
  kind: apiKey.kind,
  name: apiKey.name,
  prefix: apiKey.prefix,
  createdAt: apiKey.createdAt,
};

/** Makes a key of 192 random bits; the secret is returned this once and stored only as its hash. */
export async function createKey(
  db: Executor,
  key: { environmentId: number; kind: KeyKind; name: string; expiresAt?: Date; secret?: string; parentId?: number },
): Promise<KeyRow & { secret: string }> {
  const secret = key.secret ?? `assay_${key.kind}_${randomBytes(24).toString('base64url')}`;
  const [row] = await db
    .insert(apiKey)
    .values({
      environmentId: key.environmentId,
      kind: key.kind,
      name: key.name,
      prefix: secret.slice(0, key.secret ? 4 : key.kind.length + 11),
      hash: hashOf(secret),
      expiresAt: key.expiresAt ?? null,
      parentId: key.parentId ?? null,
    })
    .onConflictDoNothing()
    .returning(columns);
  if (row) return { ...row, secret };
  const existing = await findKey(db, secret, new Date());
  if (!existing) throw new KeyRevokedError('this key was revoked: choose another');
  return { ...existing, secret };
}

/** The key of a secret, when it is known, not revoked and not expired. */
export async function findKey(db: Executor, secret: string, now: Date): Promise<KeyRow | null> {
  const [row] = await db
    .select(columns)
    .from(apiKey)
    .where(
      and(
        eq(apiKey.hash, hashOf(secret)),
        isNull(apiKey.revokedAt),
        or(isNull(apiKey.expiresAt), gt(apiKey.expiresAt, now)),
      ),
    );
  return row ?? null;
}

/** A key that is neither revoked nor expired, with the hash of its secret. */
export async function findKeyById(db: Executor, id: number, now: Date): Promise<(KeyRow & { hash: Buffer }) | null> {
  const isGood = and(isNull(apiKey.revokedAt), or(isNull(apiKey.expiresAt), gt(apiKey.expiresAt, now)));
  const [row] = await db
    .select({ ...columns, hash: apiKey.hash })
    .from(apiKey)
    .where(and(eq(apiKey.id, id), isGood));
  return row ?? null;
}

export async function listKeys(db: Executor, environmentId: number): Promise<KeyRow[]> {
  return db
    .select(columns)
    .from(apiKey)
    .where(
      and(eq(apiKey.environmentId, environmentId), isNull(apiKey.revokedAt), inArray(apiKey.kind, ['sdk', 'admin'])),
    )
    .orderBy(desc(apiKey.id));
}

/** Revokes a key and the sessions that were opened with it. */
export async function revokeKey(db: Executor, environmentId: number, id: number, now: Date): Promise<boolean> {
  const rows = await db
    .update(apiKey)
    .set({ revokedAt: now })
    .where(
      and(
        or(eq(apiKey.id, id), eq(apiKey.parentId, id)),
        eq(apiKey.environmentId, environmentId),
        isNull(apiKey.revokedAt),
      ),
    )
    .returning({ id: apiKey.id });
  return rows.length > 0;
}

export async function hasAdminKey(db: Executor): Promise<boolean> {
  const rows = await db
    .select({ id: apiKey.id })
    .from(apiKey)
    .where(and(eq(apiKey.kind, 'admin'), isNull(apiKey.revokedAt)))
    .limit(1);
  return rows.length > 0;
}

export interface EnvironmentRow {
  id: number;
  name: string;
  project: string;
}

/** The first release has one project with one environment. */
export async function firstEnvironment(db: Executor): Promise<EnvironmentRow> {
  const [row] = await db
    .select({ id: environment.id, name: environment.name, project: project.name })
    .from(environment)
    .innerJoin(project, eq(project.id, environment.projectId))
    .orderBy(environment.id)
    .limit(1);
  if (!row) throw new Error('the database has no environment: its migrations did not finish');
  return row;
}

export async function environmentOf(db: Executor, id: number): Promise<EnvironmentRow | null> {
  const [row] = await db
    .select({ id: environment.id, name: environment.name, project: project.name })
    .from(environment)
    .innerJoin(project, eq(project.id, environment.projectId))
    .where(eq(environment.id, id));
  return row ?? null;
}

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
