/** MurmurHash3 (x86, 32 bit, seed 0) of `utf8(salt + ":" + unit)`, straight from UTF-16 and without allocation. */

import { HASH_RANGE } from './ruleset.ts';

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
/** U+FFFD in UTF-8 as one little-endian word: what TextEncoder writes for a lone surrogate. */
const REPLACEMENT = 0xbdbfef;

/** The hash after `salt + ":"`, kept so that a decision hashes only the unit. */
export interface HashPrefix {
  /** State after the whole blocks. */
  readonly state: number;
  /** Bytes of the unfinished block, little-endian. */
  readonly carry: number;
  /** Bits in `carry`: 0, 8, 16 or 24. */
  readonly shift: number;
  /** Bytes so far. */
  readonly length: number;
}

function scramble(word: number): number {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function mixBlock(state: number, word: number): number {
  const h = state ^ scramble(word);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(state: number, carry: number, length: number): number {
  let h = state ^ scramble(carry) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const ENCODER = /* @__PURE__ */ new TextEncoder();

/** Prepares a salt once; every unit is then hashed from there. */
export function hashPrefix(salt: string): HashPrefix {
  const bytes = ENCODER.encode(`${salt}:`);
  let state = 0;
  let carry = 0;
  bytes.forEach((byte, i) => {
    carry |= byte << (8 * (i & 3));
    if ((i & 3) !== 3) return;
    state = mixBlock(state, carry);
    carry = 0;
  });
  return { state, carry, shift: 8 * (bytes.length & 3), length: bytes.length };
}

/**
 * The hash of a unit under a prepared salt (R1, R2), about 20 ns for an ASCII id of 16 characters. Its 32 bits come
 * signed, for V8 allocates larger numbers: compare `hashUnit(…) >>> 0`.
 */
export function hashUnit(prefix: HashPrefix, unit: string): number {
  const { shift } = prefix;
  let { state, carry } = prefix;
  const whole = unit.length & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const a = unit.charCodeAt(i);
    const b = unit.charCodeAt(i + 1);
    const c = unit.charCodeAt(i + 2);
    const d = unit.charCodeAt(i + 3);
    if ((a | b | c | d) > 0x7f) break;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    state = mixBlock(state, carry | (word << shift));
    // Shifting by 32 shifts by 0 in JavaScript, hence in two steps.
    carry = (word >>> 8) >>> (24 - shift);
  }
  return hashRest(state, carry, shift, prefix.length + i, unit, i);
}

/** Code point by code point from index `from`: the tail of an ASCII id, and everything from the first other character. */
function hashRest(state: number, carry: number, shift: number, length: number, unit: string, from: number): number {
  for (let i = from; i < unit.length; i++) {
    const code = unit.charCodeAt(i);
    let word = code;
    let bytes = 1;
    if (code > 0x7f) {
      const point = code >= 0xd800 && code < 0xe000 ? (unit.codePointAt(i) ?? 0) : code;
      if (point > 0xffff) i++;
      word = utf8Word(point);
      bytes = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }
    length += bytes;
    carry |= word << shift;
    shift += 8 * bytes;
    if (shift < 32) continue;
    state = mixBlock(state, carry);
    shift -= 32;
    // What did not fit: the last `shift` bits of the word.
    carry = shift === 0 ? 0 : word >>> (8 * bytes - shift);
  }
  return finish(state, carry, length);
}

/** The UTF-8 bytes of a code point above 0x7f as one little-endian word. */
function utf8Word(point: number): number {
  if (point < 0x800) return 0x80c0 | (point >> 6) | ((point & 0x3f) << 8);
  if (point >= 0xd800 && point < 0xe000) return REPLACEMENT;
  if (point < 0x10000) return 0x8080e0 | (point >> 12) | (((point >> 6) & 0x3f) << 8) | ((point & 0x3f) << 16);
  const high = 0xf0 | (point >> 18) | ((0x80 | ((point >> 12) & 0x3f)) << 8);
  return high | ((0x80 | ((point >> 6) & 0x3f)) << 16) | ((0x80 | (point & 0x3f)) << 24);
}

/** The unsigned 32-bit hash of `salt:unit`, for a salt used once. */
export function hash(salt: string, unit: string): number {
  return hashUnit(hashPrefix(salt), unit) >>> 0;
}

/** R2: the unit's place under this salt, in [0, 1). */
export function draw(salt: string, unit: string): number {
  return hash(salt, unit) / HASH_RANGE;
}

const BUCKET = /* @__PURE__ */ hashPrefix('bucket');

/** The unit's fixed bucket, 0-99, by which the server groups units: `draw('bucket', unit)`, independent of every experiment. */
export function bucketOf(unit: string): number {
  return Math.floor((100 * (hashUnit(BUCKET, unit) >>> 0)) / HASH_RANGE);
}
