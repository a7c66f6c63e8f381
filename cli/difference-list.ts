import { isDeepStrictEqual } from 'node:util';

/** A field that differs, by its path; undefined: not there. */
export interface Difference {
  path: (string | number)[];
  from: unknown;
  to: unknown;
}

/** The smallest fields in which two values of JSON differ. */
export function differencesOf(from: unknown, to: unknown, path: (string | number)[] = []): Difference[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isObject(from) && isObject(to)) {
    const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return fields.flatMap((field) => differencesOf(from[field], to[field], [...path, field]));
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.flatMap((each, i) => differencesOf(each, to[i], [...path, i]));
  }
  return [{ path, from, to }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
