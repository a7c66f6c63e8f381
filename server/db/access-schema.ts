import { sql } from 'drizzle-orm';
import { customType, index, integer, jsonb, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core';
import { environment } from './schema.ts';

/** Who may, and who did: reference tables like those of schema.ts. */

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

const environmentId = () =>
  integer('environment_id')
    .notNull()
    .references(() => environment.id);

/** Every secret that opens a door. Only its SHA-256 is stored: the secrets are 192 random bits, so no salt is needed. */
export const apiKey = pgTable('api_key', {
  id: serial('id').primaryKey(),
  environmentId: environmentId(),
  kind: text('kind').$type<'sdk' | 'admin' | 'session' | 'sign_in'>().notNull(),
  name: text('name').notNull(),
  prefix: text('prefix').notNull(),
  hash: bytea('hash').notNull().unique(),
  /** The key that made this session: revoking that one ends this one. */
  parentId: integer('parent_id'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
  expiresAt: instant('expires_at'),
  revokedAt: instant('revoked_at'),
});

export const audit = pgTable(
  'audit',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    at: instant('at').notNull().default(sql`now()`),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [index().on(t.environmentId, t.at)],
);
