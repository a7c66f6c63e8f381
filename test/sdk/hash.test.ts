import { readFileSync } from 'node:fs';
import { bucketOf, draw, hash } from '@assay-ml/sdk';
import fc from 'fast-check';
import murmur from 'murmurhash3js-revisited';
import { describe, expect, test } from 'vitest';
import { quote, utf8Length } from '../../sdk/utf8.ts';

const encoder = new TextEncoder();
const reference = (salt: string, unit: string) => murmur.x86.hash32(encoder.encode(`${salt}:${unit}`), 0);

/** Any UTF-16, lone surrogates included, mixed with plain ASCII runs. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 })).map((units) => String.fromCharCode(...units)),
      fc.constantFrom('', 'user-12345', '\ud83d', '\udc4d', '👍', 'é', '\u0000', '日'),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const vectors = readFileSync(new URL('../../sdk/vectors/draw.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('R1, R2: the draw', () => {
  test('equals the reference implementation for any salt and unit', () => {
    fc.assert(
      fc.property(anyText, anyText, (salt, unit) => {
        expect(hash(salt, unit)).toBe(reference(salt, unit));
      }),
      { numRuns: 20_000, seed: 20_240_607 },
    );
  });

  test('equals the reference for every length of salt and unit', () => {
    for (let salt = 0; salt < 9; salt++) {
      for (let unit = 0; unit < 40; unit++) {
        const pair = ['s'.repeat(salt), 'abcdefghijklmnopqrstuvwxyz0123456789ABCD'.slice(0, unit)] as const;
        expect(hash(...pair)).toBe(reference(...pair));
      }
    }
  });

  test('equals every vector', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(240);
    for (const line of vectors) {
      const vector = JSON.parse(line);
      expect([hash(vector.salt, vector.unit), draw(vector.salt, vector.unit)], line.slice(0, 200)).toEqual([
        vector.hash,
        vector.draw,
      ]);
    }
  });

  test('has vectors in plain ASCII only, so that no tool on the way changes them', () => {
    expect(vectors.every((line) => /^[\x20-\x7e]*$/.test(line))).toBe(true);
  });

  test('takes a lone surrogate for U+FFFD', () => {
    expect(hash('salt', 'a\ud83d')).toBe(hash('salt', 'a\ufffd'));
    expect(hash('salt', 'a\ud83d')).not.toBe(hash('salt', 'a👍'));
  });

  test('puts a unit into the same one of 100 buckets as the server', () => {
    expect(bucketOf('user-1')).toBe(Math.floor((100 * reference('bucket', 'user-1')!) / 2 ** 32));
    const counts = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) counts.set(bucketOf(`u${i}`), (counts.get(bucketOf(`u${i}`)) ?? 0) + 1);
    expect(counts.size).toBe(100);
    // 10,000 × 1/100: 100 ± 4 × 9.95
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(45);
  });
});

describe('UTF-8', () => {
  test('lengths and JSON agree with TextEncoder for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(encoder.encode(text).length);
        expect(JSON.parse(quote(text))).toBe(new TextDecoder('utf8', { ignoreBOM: true }).decode(encoder.encode(text)));
      }),
      { numRuns: 5000, seed: 20_240_608 },
    );
  });
});
