/** Reading of untrusted JSON: each function returns the value in its type or throws where and what is wrong. */

export class MalformedRuleset extends Error {}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function record(value: unknown, at: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new MalformedRuleset(`${at} is not an object`);
}

export function array(value: unknown, at: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new MalformedRuleset(`${at} is not an array`);
}

export function text(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  throw new MalformedRuleset(`${at} is not a string`);
}

export function number(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new MalformedRuleset(`${at} is not a finite number of at least 0`);
}

export function integer(value: unknown, at: string): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw new MalformedRuleset(`${at} is not an integer of at least 0`);
}

export function within<T extends string>(known: readonly T[], value: unknown, at: string): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new MalformedRuleset(`${at} is none of ${known.join(', ')}`);
}
