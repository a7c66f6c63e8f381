import { words } from '../format.ts';

/** Details of an entry as lines of text: the path of a field and what it holds. Pure. */

export const NOTHING = 'none';

export type Field = { path: string; text: string };
export type Change = { path: string; before: string | null; after: string | null };

/** Fields of nested objects, by their path in words; lists of plain values stand in one field. */
export function fieldsOf(value: unknown, path = ''): Field[] {
  if (typeof value !== 'object' || value === null) return [{ path, text: textOf(value) }];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ path, text: NOTHING }];
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object' || each === null)) {
    return [{ path, text: value.map(textOf).join(', ') }];
  }
  const isList = Array.isArray(value);
  return entries.flatMap(([name, part]) => {
    // Positions count from 0, people from 1.
    const own = isList ? String(Number(name) + 1) : words(name);
    return fieldsOf(part, path === '' ? own : `${path}, ${own}`);
  });
}

/** The fields that differ; null: on that side there is no such field. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [old, now] = [mapOf(before), mapOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((change) => change.before !== change.after);
}

const mapOf = (value: unknown): Map<string, string> =>
  new Map(value === undefined ? [] : fieldsOf(value).map(({ path, text }) => [path, text]));

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return String(value);
}
