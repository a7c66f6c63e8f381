/** A string of 1 to `maxBytes` bytes of UTF-8 without U+0000, which PostgreSQL cannot store. */
export function isText(value: unknown, maxBytes: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxBytes) return false;
  // A code unit takes three bytes at most, so that short strings need no counting.
  if (value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes) return false;
  return !value.includes('\0');
}

const MAX_KEYS = 32;
const MAX_JSON_BYTES = 2048;
/** JSON spends at most 6 bytes on a code unit, 25 characters on a number, 4 on quotes, colon and comma. */
const JSON_BYTES_PER_UNIT = 6;
const JSON_BYTES_PER_ENTRY = 30;

/** A flat record: up to 32 named strings, finite numbers or booleans, 2 kB as JSON. */
export function isScalars(value: unknown): value is Record<string, string | number | boolean> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = value as Record<string, unknown>;
  let keys = 0;
  let units = 0;
  for (const key in entries) {
    const part = entries[key];
    if (++keys > MAX_KEYS || !isText(key, 128)) return false;
    if (typeof part === 'string') {
      if (part.includes('\0')) return false;
      units += part.length;
    } else if (typeof part !== 'boolean' && !Number.isFinite(part)) return false;
    units += key.length;
  }
  const upperBound = units * JSON_BYTES_PER_UNIT + keys * JSON_BYTES_PER_ENTRY + 2;
  return upperBound <= MAX_JSON_BYTES || Buffer.byteLength(JSON.stringify(value)) <= MAX_JSON_BYTES;
}

/** Deep values would overflow the stack of JSON.stringify; no sample needs more. */
const MAX_DEPTH = 16;

/** Any JSON that jsonb can hold: no U+0000, at most 16 levels deep, 2 kB. */
export function isStorableJson(value: unknown): boolean {
  return isStorable(value, MAX_DEPTH) && Buffer.byteLength(JSON.stringify(value)) <= MAX_JSON_BYTES;
}

function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return !value.includes('\0');
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const [key, part] of Object.entries(value)) {
    if (key.includes('\0') || !isStorable(part, levels - 1)) return false;
  }
  return true;
}

/** What a value is, in a few words and without giving away its content. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') {
    if (value === '') return 'an empty string';
    return `a string of ${Buffer.byteLength(value)} bytes${value.includes('\0') ? ' with U+0000' : ''}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
