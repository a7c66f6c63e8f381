import type { Measures } from './events.ts';

/** Numbers that differ by at most the tolerance, the last bits of decimal fractions aside: 0.58 and 0.57 are 0.01 apart. */
export function numbersAgree(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const distance = Math.abs(a - b);
  if (tolerance === 0 || !Number.isFinite(distance)) return false;
  return distance <= tolerance + 2 * Number.EPSILON * Math.max(Math.abs(a), Math.abs(b));
}

/** `difference` is candidate − champion, absent where it is no finite number. Null: the champion's answer is no number. */
export function compareNumbers(champion: unknown, candidate: unknown, tolerance: number): Measures | null {
  if (typeof champion !== 'number') return null;
  if (typeof candidate !== 'number') return { agree: false };
  const agree = numbersAgree(champion, candidate, tolerance);
  const difference = candidate - champion;
  return Number.isFinite(difference) ? { agree, difference } : { agree };
}
