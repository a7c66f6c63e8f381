import { utf8Length } from './utf8.ts';

const MAX_BYTES = 2048;
/** How much of a value is kept: the first of these whose result is short enough. */
const SIZES = [
  { chars: 400, entries: 50, levels: 8, values: 300 },
  { chars: 120, entries: 20, levels: 6, values: 100 },
  { chars: 40, entries: 8, levels: 4, values: 40 },
  { chars: 16, entries: 4, levels: 3, values: 12 },
] as const;
const MAX_KEY_CHARS = 64;
const CUT = '…';

interface Cleaning {
  ignore: ReadonlySet<string>;
  chars: number;
  entries: number;
  levels: number;
  /** Values that may still be written. */
  values: number;
}

/**
 * A sample of both outputs as JSON of at most 2 kB: ignored fields left out, what is long or deep cut. Undefined when
 * there is nothing to show.
 */
export function exampleJson(sample: Record<string, unknown>, ignore: readonly string[]): string | undefined {
  for (const size of SIZES) {
    const cleaned = Object.entries(sample).map(([name, value]) => {
      const cleaning: Cleaning = { ignore: new Set(ignore), ...size };
      return [name, clean(cleaning, value, '', 0) ?? null];
    });
    const json = JSON.stringify(Object.fromEntries(cleaned));
    if (utf8Length(json) <= MAX_BYTES) return json;
  }
  return undefined;
}

function clean(cleaning: Cleaning, value: unknown, path: string, level: number): unknown {
  if (--cleaning.values < 0) return CUT;
  switch (typeof value) {
    case 'string':
      return cleanText(value, cleaning.chars);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : cleanObject(cleaning, value, path, level);
    default:
      return undefined;
  }
}

function cleanObject(cleaning: Cleaning, value: object, path: string, level: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (level === cleaning.levels) return CUT;
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set) {
    const list = first(value as Iterable<unknown>, cleaning.entries);
    return list.map((item) => clean(cleaning, item, path, level + 1) ?? null);
  }
  const record = value instanceof Map ? Object.fromEntries(value) : (value as Record<string, unknown>);
  const parts: [string, unknown][] = [];
  for (const key of Object.keys(record)) {
    const inner = path === '' ? key : `${path}.${key}`;
    if (cleaning.ignore.has(inner)) continue;
    const part = clean(cleaning, record[key], inner, level + 1);
    if (part === undefined) continue;
    parts.push([cleanText(key, MAX_KEY_CHARS), part]);
    if (parts.length === cleaning.entries || cleaning.values < 0) break;
  }
  return Object.fromEntries(parts);
}

function first(list: Iterable<unknown>, count: number): unknown[] {
  const items: unknown[] = [];
  if (list instanceof DataView) return items;
  for (const item of list) {
    if (items.length === count) return [...items, CUT];
    items.push(item);
  }
  return items;
}

/** Cut, and without what PostgreSQL cannot store: U+0000 and lone surrogates. */
export function cleanText(text: string, chars: number): string {
  const kept = text.length > chars ? `${text.slice(0, chars)}${CUT}` : text;
  return kept.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');
}
