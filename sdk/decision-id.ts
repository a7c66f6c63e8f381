const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;

/**
 * Makes decision ids: 96 random bits of this client, then a counter; 22 to 28 characters. An id costs one short
 * concatenation: all but its last two digits change only every 1,296 ids.
 */
export function decisionIds(): () => string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  const prefix = Array.from(random, (word) => word.toString(36).padStart(7, '0')).join('');
  const suffixes = Array.from({ length: BASE * BASE }, (_, i) => DIGITS[Math.floor(i / BASE)]! + DIGITS[i % BASE]!);
  let block = prefix;
  let blocks = 0;
  let next = 0;
  return () => {
    if (next === suffixes.length) {
      next = 0;
      blocks++;
      block = prefix + blocks.toString(36);
    }
    return block + suffixes[next++]!;
  };
}
