/** 2^18 sets of 4 ways: 2^20 exposures remembered, 8 bytes each, 8 MB in all. */
const SET_BITS = 18;
const WAYS = 4;

/** The arm-specific part of a fingerprint: phase, step and variant. */
export interface FingerprintSeed {
  low: number;
  high: number;
}

/**
 * Which exposures this process has already sent: a bounded, set-associative table of 64-bit fingerprints. A full set
 * forgets its oldest entry, so that an exposure may be sent twice (the server keeps the first) but memory never grows.
 * Two different exposures look equal with a probability of about 1e-13: that one would not be sent.
 */
export interface SeenExposures {
  has(seed: FingerprintSeed, hash: number, unit: string): boolean;
  add(seed: FingerprintSeed, hash: number, unit: string): void;
}

/** A second hash of the unit, built unlike murmur3 on purpose: the two then do not collide for the same pairs. */
function unitLane(seed: number, unit: string): number {
  let x = seed;
  const even = unit.length & ~1;
  for (let i = 0; i < even; i += 2) {
    x = Math.imul(x ^ unit.charCodeAt(i) ^ (unit.charCodeAt(i + 1) << 16), 0x9e3779b1);
    x ^= x >>> 15;
  }
  if (even < unit.length) x = Math.imul(x ^ unit.charCodeAt(even), 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16) ^ unit.length, 0x21f0aaad);
  return x ^ (x >>> 15);
}

/** The table is allocated when the first exposure is added. `setBits` is smaller only in tests. */
export function seenExposures(setBits = SET_BITS): SeenExposures {
  let table: Int32Array | null = null;
  const mask = 2 ** setBits - 1;

  return {
    has(seed, hash, unit) {
      if (table === null) return false;
      const high = unitLane(seed.high, unit);
      // 0 marks an empty way, so it is never stored.
      const low = hash ^ seed.low || 1;
      const start = (high & mask) * 2 * WAYS;
      for (let at = start; at < start + 2 * WAYS; at += 2) {
        if (table[at] === low && table[at + 1] === high) return true;
      }
      return false;
    },
    add(seed, hash, unit) {
      table ??= new Int32Array((mask + 1) * 2 * WAYS);
      const high = unitLane(seed.high, unit);
      const start = (high & mask) * 2 * WAYS;
      table.copyWithin(start + 2, start, start + 2 * (WAYS - 1));
      table[start] = hash ^ seed.low || 1;
      table[start + 1] = high;
    },
  };
}
