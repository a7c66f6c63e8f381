import type { Scalar } from './events.ts';
import { quote, utf8Length } from './utf8.ts';

/** The server's limits on events, checked here first so that one bad event is named where it was made. */
export const LIMITS = {
  unitBytes: 256,
  nameBytes: 128,
  idBytes: 64,
  value: 1e15,
  properties: 32,
  propertiesBytes: 2048,
  ageMs: 400 * 86_400_000,
  /** The last millisecond of the year 9999. */
  latestAt: 253_402_300_799_999,
} as const;

function textProblem(what: string, text: unknown, maxBytes: number): string | null {
  if (typeof text !== 'string') return `${what} is not a string`;
  if (text.length === 0) return `${what} is empty`;
  // A character takes at most three bytes.
  if (3 * text.length > maxBytes && (text.length > maxBytes || utf8Length(text) > maxBytes))
    return `${what} is longer than ${maxBytes} bytes of UTF-8`;
  return text.includes('\0') ? `${what} contains U+0000` : null;
}

export const unitProblem = (unit: unknown): string | null => textProblem('unit', unit, LIMITS.unitBytes);
export const nameProblem = (what: string, name: unknown): string | null => textProblem(what, name, LIMITS.nameBytes);

/** Ids are optional: undefined is fine. */
export const idProblem = (what: string, id: unknown): string | null =>
  id === undefined ? null : textProblem(what, id, LIMITS.idBytes);

export function valueProblem(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'value is not a finite number';
  return Math.abs(value) > LIMITS.value ? 'value is beyond ±1e15' : null;
}

/** A moment as ms since 1970, or what is wrong with it. The near future is left to the server, which clamps it. */
export function eventTime(at: unknown, now: number): number | string {
  if (at === undefined) return now;
  const ms = at instanceof Date ? at.getTime() : at;
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return 'at is neither a Date nor milliseconds since 1970';
  if (ms > LIMITS.latestAt) return 'at is beyond the year 9999: it is in milliseconds';
  return ms < now - LIMITS.ageMs ? 'at is more than 400 days ago' : Math.round(ms);
}

export function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return !value.includes('\0');
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

const scalarJson = (value: Scalar): string => (typeof value === 'string' ? quote(value) : String(value));

/** A flat record as JSON; entries that are undefined are left out. */
export function recordJson(entries: [string, Scalar][]): string {
  return `{${entries.map(([key, value]) => `${quote(key)}:${scalarJson(value)}`).join(',')}}`;
}

/** Properties as JSON (null: there are none), or what is wrong with them. */
export function propertiesJson(properties: unknown): { json: string | null } | { problem: string } {
  if (properties === undefined || properties === null) return { json: null };
  if (typeof properties !== 'object' || Array.isArray(properties)) return { problem: 'properties is not an object' };
  const entries: [string, Scalar][] = [];
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    const problem = nameProblem('a property name', key);
    if (problem) return { problem };
    if (!isScalar(value)) {
      return { problem: `property "${key}" is not a finite number, a boolean or a string without U+0000` };
    }
    entries.push([key, value]);
  }
  if (entries.length === 0) return { json: null };
  if (entries.length > LIMITS.properties) return { problem: `more than ${LIMITS.properties} properties` };
  const json = recordJson(entries);
  if (utf8Length(json) > LIMITS.propertiesBytes) {
    return { problem: `properties are longer than ${LIMITS.propertiesBytes} bytes of JSON` };
  }
  return { json };
}
