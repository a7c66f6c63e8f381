import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Ruleset } from '../../sdk/index.ts';

const COMPRESS_GZIP = promisify(gzip);
const COMPRESS_BROTLI = promisify(brotliCompress);
/** Quality 11, the default, takes seconds a megabyte. */
const BROTLI_QUALITY = 5;
/** Below it a packet holds the plain body. */
const LEAST_BYTES = 1024;

export type Encoding = 'br' | 'gzip';

/** A ruleset as sent. */
export interface RulesetBody {
  plain: Buffer;
  /** Of what it says, not only of its version: a release that compiles the same rows otherwise is a change too. */
  etag: string;
  /** Made at its first request, once; null: so small that it is sent plain. */
  encoded(encoding: Encoding): Promise<Buffer> | null;
}

export function rulesetBody(environmentId: number, ruleset: Ruleset): RulesetBody {
  const plain = Buffer.from(JSON.stringify(ruleset));
  const made = new Map<Encoding, Promise<Buffer>>();
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 12);
  return {
    plain,
    // Weak, because it names the plain and the compressed bodies alike.
    etag: `W/"${environmentId}-${ruleset.version}-${hash}"`,
    encoded(encoding) {
      if (plain.length < LEAST_BYTES) return null;
      const body = made.get(encoding) ?? compress(encoding, plain);
      made.set(encoding, body);
      return body;
    },
  };
}

function compress(encoding: Encoding, plain: Buffer): Promise<Buffer> {
  if (encoding === 'gzip') return COMPRESS_GZIP(plain);
  return COMPRESS_BROTLI(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}

/** If-None-Match against an ETag: proxies that compress make it weak, so only what is between the quotes counts. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch?.split(',').some((tag) => opaque(tag) === opaque(etag)) ?? false;
}
