import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/targeting-contract.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import {
  type AudienceRow,
  type AudienceUse,
  deleteAudience,
  findAudience,
  insertAudience,
  listAudiences,
  listTargeted,
  lockAudience,
  updateAudience,
} from './audience-store.ts';
import { audienceKeys } from './audiences-of.ts';
import { checkPatterns } from './check-patterns.ts';

/** Audiences are read by drafts only: what runs keeps those that it started with, so that no edit moves a unit. */
export function audienceRoutes({ db }: Services): Route[] {
  const path = '/api/audiences/:audience';
  const common = { tag: 'Audiences', auth: 'admin' } as const;
  return [
    route({
      ...common,
      method: 'get',
      path: '/api/audiences',
      summary: 'All audiences: rules on attributes, saved under a name for many experiments.',
      answer: z.object({ audiences: z.array(contract.audience) }),
      async handle({ principal }) {
        const uses = await listTargeted(db, principal.environmentId);
        return { audiences: (await listAudiences(db, principal.environmentId)).map((row) => toContract(row, uses)) };
      },
    }),
    route({
      ...common,
      method: 'get',
      path,
      summary: 'One audience.',
      answer: contract.audience,
      handle: ({ principal, params }) => readAudience(db, principal.environmentId, params.audience ?? ''),
    }),
    route({
      ...common,
      method: 'post',
      path: '/api/audiences',
      summary: 'Save rules as an audience.',
      body: contract.audienceInput,
      answer: contract.audience,
      status: 201,
      handle({ principal, body }) {
        checkPatterns(body.rules, 'rules');
        return db.transaction(async (tx) => {
          if (!(await insertAudience(tx, { ...body, environmentId: principal.environmentId }))) {
            throw new AssayError('conflict', `There is already an audience "${body.key}": choose another key.`);
          }
          await writeAudit(tx, principal, 'audience.create', `audience:${body.key}`, { after: body });
          return readAudience(tx, principal.environmentId, body.key);
        });
      },
    }),
    route({
      ...common,
      method: 'put',
      path,
      summary: 'Edit an audience. Drafts follow; an experiment that has started keeps the rules that it started with.',
      body: contract.audienceEdit,
      answer: contract.audience,
      handle({ principal, params, body }) {
        checkPatterns(body.rules, 'rules');
        return db.transaction(async (tx) => {
          const row = await lockNeeded(tx, principal.environmentId, params.audience ?? '');
          await updateAudience(tx, row.id, body);
          await writeAudit(tx, principal, 'audience.edit', `audience:${row.key}`, {
            before: fieldsOf(row),
            after: body,
          });
          return readAudience(tx, principal.environmentId, row.key);
        });
      },
    }),
    route({
      ...common,
      method: 'delete',
      path,
      summary: 'Delete an audience that no draft names. What has started keeps its own copy.',
      answer: z.object({ done: z.literal(true) }),
      handle: ({ principal, params }) =>
        db.transaction(async (tx) => {
          const row = await lockNeeded(tx, principal.environmentId, params.audience ?? '');
          refuseUsed(row, await listTargeted(tx, principal.environmentId));
          await deleteAudience(tx, row.id);
          await writeAudit(tx, principal, 'audience.delete', `audience:${row.key}`, { before: fieldsOf(row) });
          return { done: true as const };
        }),
    }),
  ];
}

const fieldsOf = ({ name, description, rules }: AudienceRow) => ({ name, description, rules });

async function readAudience(db: Executor, environmentId: number, key: string): Promise<contract.Audience> {
  return toContract(needed(await findAudience(db, environmentId, key), key), await listTargeted(db, environmentId));
}

async function lockNeeded(db: Executor, environmentId: number, key: string): Promise<AudienceRow> {
  return needed(await lockAudience(db, environmentId, key), key);
}

function needed(row: AudienceRow | null, key: string): AudienceRow {
  if (row) return row;
  throw new AssayError('not_found', `There is no audience "${key}". List them with GET /api/audiences.`);
}

function refuseUsed(row: AudienceRow, uses: AudienceUse[]): void {
  const drafts = usesOf(row, uses).filter(({ state }) => state === 'draft');
  if (drafts.length === 0) return;
  const names = drafts.map(({ experiment }) => `"${experiment}"`).join(', ');
  throw new AssayError(
    'not_possible_now',
    `Audience "${row.key}" is named by the targeting of ${names}, not yet started: edit or start that first.`,
  );
}

const usesOf = ({ key }: AudienceRow, uses: AudienceUse[]): AudienceUse[] =>
  uses.filter(({ targeting }) => audienceKeys(targeting).includes(key));

function toContract(row: AudienceRow, uses: AudienceUse[]): contract.Audience {
  return {
    key: row.key,
    ...fieldsOf(row),
    usedBy: usesOf(row, uses).map(({ experiment, state }) => ({ experiment, state })),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
