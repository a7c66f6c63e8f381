import { numbersAgree } from './compare-number.ts';
import { nameProblem } from './event-limits.ts';
import type { Measures } from './events.ts';

/** Values looked at, and levels: what lies beyond counts as one field that differs. */
const MAX_VISITS = 50_000;
const MAX_LEVELS = 64;
/** Fields named as different in one comparison. */
const MAX_NAMED = 20;

interface Walk {
  ignore: ReadonlySet<string>;
  tolerance: number;
  visits: number;
  /** Fields compared so far, and those that are equal. */
  fields: number;
  equal: number;
}

/**
 * Field by field: `agree` when all are equal, `equalShare` the share of equal fields (the ends of both trees; a branch
 * that only one has is one field), and `differs.<field>` for the first 20 fields of the top level that differ.
 * `ignore` names fields that may differ by dotted path; elements of a list have no name in it: `items.id` is the id of
 * every item. An absent field and an undefined one are the same.
 */
export function compareObjects(
  champion: unknown,
  candidate: unknown,
  ignore: readonly string[],
  tolerance: number,
): Measures {
  const walk: Walk = { ignore: new Set(ignore), tolerance, visits: 0, fields: 0, equal: 0 };
  const named: string[] = [];
  compareValues(walk, champion, candidate, '', 0, (field) => {
    if (named.length < MAX_NAMED && nameProblem('field', `differs.${field}`) === null) named.push(field);
  });
  return {
    agree: walk.equal === walk.fields,
    equalShare: walk.fields === 0 ? 1 : walk.equal / walk.fields,
    ...Object.fromEntries(named.map((field) => [`differs.${field}`, true])),
  };
}

function compareValues(
  walk: Walk,
  a: unknown,
  b: unknown,
  path: string,
  level: number,
  onDifferent: (field: string) => void = () => {},
): void {
  const left = partsOf(a);
  const right = partsOf(b);
  const isBeyond = ++walk.visits > MAX_VISITS || level > MAX_LEVELS;
  if (isBeyond || left === null || right === null || left.isList !== right.isList) {
    walk.fields++;
    if (!isBeyond && left === null && right === null && sameValue(a, b, walk.tolerance)) walk.equal++;
    return;
  }
  const keys = new Set([...left.keys, ...right.keys]);
  for (const key of keys) {
    const inner = left.isList ? path : path === '' ? key : `${path}.${key}`;
    if (!left.isList && walk.ignore.has(inner)) continue;
    const differentBefore = walk.fields - walk.equal;
    compareValues(walk, left.get(key), right.get(key), inner, level + 1);
    if (walk.fields - walk.equal > differentBefore && !left.isList) onDifferent(key);
    if (walk.visits > MAX_VISITS) return;
  }
  // Two empty containers are one equal field.
  if (keys.size === 0) {
    walk.fields++;
    walk.equal++;
  }
}

interface Parts {
  isList: boolean;
  keys: string[];
  get: (key: string) => unknown;
}

/** What a value is made of; null for an end of the tree. */
function partsOf(value: unknown): Parts | null {
  if (typeof value !== 'object' || value === null || value instanceof Date) return null;
  const list = listOf(value);
  if (list !== null) return { isList: true, keys: Object.keys(list), get: (key) => list[Number(key)] };
  const record = value instanceof Map ? Object.fromEntries(value) : (value as Record<string, unknown>);
  const keys = Object.keys(record);
  // An object that shows nothing of itself, such as one with private state, is an end of the tree.
  const prototype: unknown = Object.getPrototypeOf(record);
  if (keys.length === 0 && prototype !== Object.prototype && prototype !== null) return null;
  return { isList: false, keys, get: (key) => (Object.hasOwn(record, key) ? record[key] : undefined) };
}

/** One element more than is ever looked at, so that a longer list is seen to be longer. */
function listOf(value: object): unknown[] | null {
  if (Array.isArray(value)) return value.slice(0, MAX_VISITS + 1);
  if (value instanceof Set) return [...value];
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  return Array.from((value as Uint8Array).subarray(0, MAX_VISITS + 1));
}

/** Objects without visible fields are equal only to themselves, dates to the same moment. */
function sameValue(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return numbersAgree(a, b, tolerance);
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  return a === b;
}
