/** The least any decision must do: murmur3_x86_32 of one ASCII id, nothing else. */
export function bareHash(id: string): number {
  let h = 0;
  const whole = id.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    h ^= scramble(
      id.charCodeAt(i) | (id.charCodeAt(i + 1) << 8) | (id.charCodeAt(i + 2) << 16) | (id.charCodeAt(i + 3) << 24),
    );
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = whole; i < id.length; i++) tail |= id.charCodeAt(i) << (8 * (i - whole));
  h ^= scramble(tail) ^ id.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
