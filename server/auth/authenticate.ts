import type { Request } from 'express';
import type { Database } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import type { Authenticate, Principal } from '../http/route.ts';
import { findKey, hashOf, type KeyRow } from './key-store.ts';

export const SESSION_COOKIE = 'assay_session';
/** How long a key is believed without asking the database again: the longest life of a revoked key. */
const CACHE_MS = 5_000;
const CACHE_SIZE = 10_000;

const ALLOWED: Record<'admin' | 'sdk', KeyRow['kind'][]> = {
  admin: ['admin', 'session'],
  sdk: ['sdk', 'admin'],
};

/** Reads `Authorization: Bearer …`, `X-API-Key` or the session cookie, and says who is asking. */
export function authenticator(db: Database, now: () => Date): Authenticate {
  const cache = new Map<string, { row: KeyRow | null; foundAt: number }>();

  async function lookUp(secret: string): Promise<KeyRow | null> {
    const id = hashOf(secret).toString('base64');
    // Not the clock on the wall: set back by an hour, it would have a revoked key believed for an hour.
    const time = performance.now();
    const hit = cache.get(id);
    if (hit && time - hit.foundAt < CACHE_MS) return hit.row;
    const row = await findKey(db, secret, now());
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(id, { row, foundAt: time });
    return row;
  }

  return async (request, need) => {
    const cookie = cookieOf(request);
    const secret = keyOf(request) ?? cookie;
    if (!secret) {
      throw new AssayError(
        'unauthenticated',
        need === 'sdk'
          ? 'No key: send your SDK key as "Authorization: Bearer …".'
          : 'Not signed in: sign in, or send an admin key as "Authorization: Bearer …".',
      );
    }
    const row = await lookUp(secret);
    if (!row) {
      throw new AssayError('unauthenticated', 'This key is unknown, revoked or expired: use another one.');
    }
    if (!ALLOWED[need].includes(row.kind)) {
      throw new AssayError('forbidden', `This needs an ${need} key; the one sent is of kind ${row.kind}.`);
    }
    if (secret === cookie && row.kind === 'session') refuseForeignOrigin(request);
    return { environmentId: row.environmentId, keyId: row.id, kind: row.kind as Principal['kind'], name: row.name };
  };
}

/** The secret that a request carries in a header. */
export function keyOf(request: Request): string | null {
  const header = request.get('authorization');
  if (header) return /^bearer\s+(\S+)$/i.exec(header)?.[1] ?? null;
  return request.get('x-api-key') ?? null;
}

export function cookieOf(request: Request): string | null {
  for (const part of (request.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === SESSION_COOKIE) return part.slice(at + 1).trim();
  }
  return null;
}

/** A cookie travels with requests that other sites' pages make; a change is believed only from our own pages. */
function refuseForeignOrigin(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.get('origin');
  if (origin && origin !== 'null' && URL.canParse(origin) && new URL(origin).host === request.get('host')) return;
  if (!origin && request.get('sec-fetch-site') === 'same-origin') return;
  throw new AssayError('forbidden', 'This change came from another site and was refused.');
}
