import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { cookieOf, SESSION_COOKIE } from './authenticate.ts';
import { createKey, environmentOf, findKey, listKeys, revokeKey } from './key-store.ts';

const SESSION_DAYS = 7;
const done = z.object({ done: z.literal(true) });

/** Wrong sign-ins a minute and address; right ones do not count. */
const WRONG_SIGN_INS = 10;

/** Each process counts those it sees, so each allows its share of them. */
export function signInLimit(processes: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: Math.ceil(WRONG_SIGN_INS / processes),
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: () => {
      throw new AssayError('too_many_requests', 'Too many wrong keys: wait a minute, then try again.', {
        retryAfterSeconds: 60,
      });
    },
  });
}

export function authRoutes(services: Services): Route[] {
  const { db, now, config } = services;
  return [
    route({
      method: 'post',
      path: '/api/session',
      tag: 'Session',
      summary: 'Sign in with an admin key or the token of a sign-in link; sets the session cookie.',
      auth: 'none',
      body: contract.signInInput,
      answer: contract.session,
      async handle({ body, response }) {
        const key = await findKey(db, body.key.trim(), now());
        if (!key || (key.kind !== 'admin' && key.kind !== 'sign_in')) {
          throw new AssayError('unauthenticated', 'This is not a valid admin key or sign-in link.');
        }
        const expiresAt = new Date(now().getTime() + SESSION_DAYS * 86_400_000);
        const session = await createKey(db, {
          environmentId: key.environmentId,
          kind: 'session',
          name: key.name,
          parentId: key.id,
          expiresAt,
        });
        response.cookie(SESSION_COOKIE, session.secret, {
          httpOnly: true,
          sameSite: 'strict',
          secure: config.secureCookies,
          expires: expiresAt,
          path: '/',
        });
        return describeSession(services, key.environmentId, key.name);
      },
    }),
    route({
      method: 'get',
      path: '/api/session',
      tag: 'Session',
      summary: 'Who is signed in.',
      auth: 'admin',
      answer: contract.session,
      handle: ({ principal }) => describeSession(services, principal.environmentId, principal.name),
    }),
    route({
      method: 'delete',
      path: '/api/session',
      tag: 'Session',
      summary: 'Sign out.',
      auth: 'admin',
      answer: done,
      async handle({ principal, request, response }) {
        const secret = cookieOf(request);
        const key = secret ? await findKey(db, secret, now()) : null;
        if (key) await revokeKey(db, principal.environmentId, key.id, now());
        response.clearCookie(SESSION_COOKIE, { path: '/' });
        return { done: true as const };
      },
    }),
    ...keyRoutes(services),
  ];
}

function keyRoutes({ db, now }: Services): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/keys',
      tag: 'Keys',
      summary: 'SDK and admin keys, newest first; never their secrets.',
      auth: 'admin',
      answer: z.object({ keys: z.array(contract.apiKey) }),
      async handle({ principal }) {
        return { keys: (await listKeys(db, principal.environmentId)).map(toContract) };
      },
    }),
    route({
      method: 'post',
      path: '/api/keys',
      tag: 'Keys',
      summary: 'Make a key. Its secret is in this answer and nowhere else.',
      auth: 'admin',
      body: contract.keyInput,
      answer: contract.createdKey,
      status: 201,
      handle: ({ principal, body }) =>
        db.transaction(async (tx) => {
          const key = await createKey(tx, { environmentId: principal.environmentId, ...body });
          await writeAudit(tx, principal, 'key.create', `key:${key.id}`, { kind: body.kind, name: body.name });
          return { ...toContract(key), secret: key.secret };
        }),
    }),
    route({
      method: 'delete',
      path: '/api/keys/:id',
      tag: 'Keys',
      summary: 'Revoke a key; every process refuses it within five seconds.',
      auth: 'admin',
      answer: done,
      handle: ({ principal, params }) =>
        db.transaction(async (tx) => {
          const key = (await listKeys(tx, principal.environmentId)).find(({ id }) => String(id) === params.id);
          if (!key || !(await revokeKey(tx, principal.environmentId, key.id, now()))) {
            throw new AssayError('not_found', `There is no key ${params.id}.`);
          }
          await writeAudit(tx, principal, 'key.revoke', `key:${key.id}`, { kind: key.kind, name: key.name });
          return { done: true as const };
        }),
    }),
  ];
}

async function describeSession({ db }: Services, environmentId: number, name: string) {
  const environment = await environmentOf(db, environmentId);
  return {
    signedIn: true as const,
    name,
    environment: environment?.name ?? '',
    project: environment?.project ?? '',
  };
}

function toContract(row: { id: number; kind: string; name: string; prefix: string; createdAt: Date }) {
  return {
    id: row.id,
    kind: row.kind as 'sdk' | 'admin',
    name: row.name,
    prefix: row.prefix,
    createdAt: row.createdAt.toISOString(),
  };
}
