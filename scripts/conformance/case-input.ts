/** Typed reading of a case's input: what is missing or of another type is an error that names it. */

export type CaseInput = Readonly<Record<string, unknown>>;

/** What the library answers for a case, under the ground truth's names; `undefined` marks what it does not offer. */
export type Answer = Readonly<Record<string, unknown>>;
/** `id` is for the few cases that state a parameter nowhere else. */
export type Method = (input: CaseInput, id?: string) => Answer;

export function number(input: CaseInput, key: string): number {
  const value = input[key];
  if (value === 'Infinity' || value === 'inf') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity' || value === '-inf') return Number.NEGATIVE_INFINITY;
  if (typeof value !== 'number') throw new TypeError(`input.${key} is not a number`);
  return value;
}

export function numbers(input: CaseInput, key: string): number[] {
  const value = input[key];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'number')) {
    throw new TypeError(`input.${key} is not a list of numbers`);
  }
  return value;
}

export function lists(input: CaseInput, key: string): number[][] {
  const value = input[key];
  if (!Array.isArray(value)) throw new TypeError(`input.${key} is not a list of lists`);
  return value.map((_, index) => numbers(value as unknown as CaseInput, String(index)));
}

export function level(input: CaseInput): { level?: number } {
  return input.confidence === undefined ? {} : { level: number(input, 'confidence') };
}

/** An interval as the pair the ground truth writes. */
export function pair(interval: { lower: number; upper: number }): [number, number] {
  return [interval.lower, interval.upper];
}
