import { isScalar, LIMITS, nameProblem } from './event-limits.ts';
import type { Measures, Scalar } from './events.ts';

/** The same string, number or boolean. Null: the champion's answer is none of these. */
export function compareLabels(champion: unknown, candidate: unknown): Measures | null {
  const isLabel = typeof champion === 'string' || typeof champion === 'boolean' || typeof champion === 'number';
  return isLabel ? { agree: Object.is(champion, candidate) } : null;
}

/** A label that fits an event; longer texts are compared, but do not travel. */
export function sendableLabel(value: unknown): Scalar | undefined {
  if (!isScalar(value)) return undefined;
  if (typeof value === 'number') return Math.abs(value) <= LIMITS.value ? value : undefined;
  return typeof value === 'boolean' || nameProblem('label', value) === null ? value : undefined;
}
