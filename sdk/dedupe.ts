/** Entries of the first table and of the largest; each takes 8 bytes, and there are two of the largest: 8 MB. */
const FIRST_BITS = 13;
const LARGEST_BITS = 19;
/** A table is full at this load: until then a search ends after one or two places. */
const FULL = 0.8;

/** The arm-specific part of a fingerprint: phase, step and variant. */
export interface FingerprintSeed {
  low: number;
  high: number;
}

/**
 * Which exposures this process has already sent: fingerprints of 64 bits in a table that grows with the units, up to
 * 2^19 places. When the largest is full a second one takes its place, and the first is only looked up until that is full
 * too: 420,000 to 840,000 exposures of the latest use are remembered. A forgotten one may be sent twice (the server
 * keeps the first). Two different exposures look equal with a probability of about 1e-13: that one would not be sent.
 */
export interface SeenExposures {
  has(seed: FingerprintSeed, unit: string): boolean;
  add(seed: FingerprintSeed, unit: string): void;
}

/** Pairs of words, low and high, 0 0 for an empty place; a fingerprint lies at its high word's place or soon after. */
interface Table {
  words: Int32Array;
  mask: number;
  /** Entries that still fit. */
  room: number;
}

function emptyTable(bits: number): Table {
  const table = { words: new Int32Array(2 ** (bits + 1)), mask: 2 ** bits - 1, room: 0 };
  empty(table);
  return table;
}

function empty(table: Table): void {
  table.words.fill(0);
  table.room = Math.floor(FULL * (table.mask + 1));
}

/** The place of this fingerprint: where it is, or where it belongs. */
function placeOf({ words, mask }: Table, low: number, high: number): number {
  let at = 2 * (high & mask);
  while (words[at] !== 0 && (words[at] !== low || words[at + 1] !== high)) at = (at + 2) & (2 * mask + 1);
  return at;
}

function put(table: Table, low: number, high: number): void {
  const at = placeOf(table, low, high);
  table.words[at] = low;
  table.words[at + 1] = high;
  table.room--;
}

function enlarged({ words }: Table, bits: number): Table {
  const larger = emptyTable(bits);
  for (let at = 0; at < words.length; at += 2) if (words[at] !== 0) put(larger, words[at]!, words[at + 1]!);
  return larger;
}

/** The tables are allocated as exposures are added. The bits are smaller only in tests. */
export function seenExposures(largestBits = LARGEST_BITS): SeenExposures {
  let bits = Math.min(FIRST_BITS, largestBits);
  let table: Table | null = null;
  let older: Table | null = null;
  /** Of the exposure in question: two hashes in one pass, unlike each other and unlike murmur3, which draws the arm. */
  let low = 0;
  let high = 0;

  function fingerprint(seed: FingerprintSeed, unit: string): void {
    let x = seed.low;
    let y = seed.high;
    const pairs = unit.length & ~1;
    for (let i = 0; i < pairs; i += 2) {
      const pair = unit.charCodeAt(i) | (unit.charCodeAt(i + 1) << 16);
      x = Math.imul(x ^ pair, 0x9e3779b1);
      y = Math.imul(y ^ pair, 0x85ebca6b);
      x ^= x >>> 15;
      y ^= y >>> 13;
    }
    const last = pairs < unit.length ? unit.charCodeAt(pairs) : 0;
    x = Math.imul(x ^ last ^ (x >>> 16), 0x21f0aaad);
    y = Math.imul(y ^ last ^ (y >>> 16) ^ unit.length, 0xc2b2ae35);
    // 0 marks an empty place.
    low = x ^ (x >>> 15) || 1;
    high = y ^ (y >>> 16);
  }

  function remember(): void {
    if (table === null) table = emptyTable(bits);
    else if (table.room === 0) makeRoom(table);
    put(table, low, high);
  }

  function makeRoom(full: Table): void {
    if (bits < largestBits) {
      table = enlarged(full, ++bits);
      return;
    }
    table = older ?? emptyTable(bits);
    empty(table);
    older = full;
  }

  return {
    has(seed, unit) {
      if (table === null) return false;
      fingerprint(seed, unit);
      if (table.words[placeOf(table, low, high)] !== 0) return true;
      if (older === null || older.words[placeOf(older, low, high)] === 0) return false;
      remember();
      return true;
    },
    add(seed, unit) {
      fingerprint(seed, unit);
      remember();
    },
  };
}
