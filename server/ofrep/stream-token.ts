import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashOf } from '../auth/key-store.ts';

/**
 * What a stream's address carries instead of the key, because a browser's EventSource sends no headers. It allows one thing: to
 * hear that something changed. It lives as long as its key, so that the address stays the same and connections stay open.
 */
export function streamToken(keyId: number, secret: string): string {
  return `${keyId}.${signature(hashOf(secret))}`;
}

/** The key that a token names, to be looked up; null when it is none. */
export function keyIdOf(token: string): number | null {
  const id = /^(\d{1,9})\.[\w-]{43}$/.exec(token)?.[1];
  return id === undefined ? null : Number(id);
}

/** Whether the token was made of the key with this hash. */
export function isTokenOf(token: string, keyHash: Buffer): boolean {
  const signed = Buffer.from(token.slice(token.indexOf('.') + 1));
  const expected = Buffer.from(signature(keyHash));
  return signed.length === expected.length && timingSafeEqual(signed, expected);
}

/** The hash is what the database holds of a key; nobody else knows it. */
function signature(keyHash: Buffer): string {
  return createHmac('sha256', keyHash).update('ofrep stream').digest('base64url');
}
