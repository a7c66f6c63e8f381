import { compareVersions, parseVersion, type SemanticVersion } from './semantic-version.ts';

/** Whether a present value of an attribute (never undefined or null) matches; no exception, nothing remembered. */
export type Matcher = (actual: unknown) => boolean;

/** Prepares an operator for the values of a rule; null when they are none that it can work with. */
type Operator = (values: readonly unknown[]) => Matcher | null;

/** Longer strings are no version and no date, and match no pattern, in UTF-16 units: what one decision costs stays bounded. */
export const MAX_PARSED_LENGTH = 1024;

const isText = (value: unknown): value is string => typeof value === 'string';
const isShortText = (value: unknown): value is string => isText(value) && value.length <= MAX_PARSED_LENGTH;

const equal: Operator = (values) => {
  const [first] = values;
  if (values.length === 1) return (actual) => actual === first;
  const known = new Set(values);
  return (actual) => known.has(actual);
};

const textual =
  (matches: (actual: string, value: string) => boolean): Operator =>
  (values) => {
    if (!values.every(isText)) return null;
    return (actual) => {
      if (!isText(actual)) return false;
      for (const value of values) if (matches(actual, value)) return true;
      return false;
    };
  };

const pattern: Operator = (values) => {
  if (!values.every(isText)) return null;
  try {
    const patterns = values.map((value) => new RegExp(value, 'u'));
    return (actual) => {
      if (!isShortText(actual)) return false;
      for (const each of patterns) if (each.test(actual)) return true;
      return false;
    };
  } catch {
    return null;
  }
};

/** The attribute is a list: how many of the values are in it decides. */
const listed =
  (decides: (found: number, of: number) => boolean): Operator =>
  (values) =>
  (actual) => {
    if (!Array.isArray(actual)) return false;
    let found = 0;
    for (const value of values) if (actual.includes(value)) found++;
    return decides(found, values.length);
  };

/** Compared with the first value; what `read` gives null for has no place in the order. */
const ordered =
  <T>(
    read: (value: unknown) => T | null,
    compare: (a: T, b: T) => number,
    holds: (sign: number) => boolean,
  ): Operator =>
  ([value]) => {
    const bound = read(value);
    if (bound === null) return null;
    return (actual) => {
      const place = read(actual);
      return place !== null && holds(compare(place, bound));
    };
  };

const difference = (a: number, b: number): number => a - b;
const readNumber = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const readVersion = (value: unknown): SemanticVersion | null => (isShortText(value) ? parseVersion(value) : null);

const INSTANT = /^(\d{4}-\d\d-\d\d)(T([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** ms since 1970 of a number, a Date, or an ISO 8601 date (its midnight in UTC) or date and time with offset. */
export function readInstant(value: unknown): number | null {
  if (value instanceof Date) return value.getTime();
  if (!isShortText(value)) return readNumber(value);
  const day = INSTANT.exec(value)?.[1];
  // Engines take 30 February for 1 March; the calendar has none.
  if (day === undefined || new Date(day).getUTCDate() !== Number(day.slice(8))) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

const above = (sign: number): boolean => sign > 0;
const atLeast = (sign: number): boolean => sign >= 0;
const below = (sign: number): boolean => sign < 0;
const atMost = (sign: number): boolean => sign <= 0;
const same = (sign: number): boolean => sign === 0;

let made: ReadonlyMap<string, Operator> | null = null;

/**
 * Operators on one attribute; those of NEGATIVE hold where the other one does not. Made when first asked for, so that a
 * bundle which does not decide leaves them out.
 */
function operators(): ReadonlyMap<string, Operator> {
  made ??= new Map<string, Operator>([
    ['in', equal],
    ['contains', textual((actual, value) => actual.includes(value))],
    ['starts_with', textual((actual, value) => actual.startsWith(value))],
    ['ends_with', textual((actual, value) => actual.endsWith(value))],
    ['matches', pattern],
    ['gt', ordered(readNumber, difference, above)],
    ['gte', ordered(readNumber, difference, atLeast)],
    ['lt', ordered(readNumber, difference, below)],
    ['lte', ordered(readNumber, difference, atMost)],
    ['before', ordered(readInstant, difference, below)],
    ['after', ordered(readInstant, difference, above)],
    ['semver_eq', ordered(readVersion, compareVersions, same)],
    ['semver_gt', ordered(readVersion, compareVersions, above)],
    ['semver_gte', ordered(readVersion, compareVersions, atLeast)],
    ['semver_lt', ordered(readVersion, compareVersions, below)],
    ['semver_lte', ordered(readVersion, compareVersions, atMost)],
    ['contains_any', listed((found) => found > 0)],
    ['contains_all', listed((found, of) => found === of)],
    ['exists', () => () => true],
  ]);
  return made;
}

const NEGATIVE: ReadonlyMap<string, string> = new Map([
  ['not_in', 'in'],
  ['not_contains', 'contains'],
  ['not_starts_with', 'starts_with'],
  ['not_ends_with', 'ends_with'],
  ['not_matches', 'matches'],
  ['contains_none', 'contains_any'],
  ['not_exists', 'exists'],
]);

/** Prepares a rule on an attribute; null when this SDK cannot evaluate it: the operator or its values are unknown to it. */
export function matcherOf(
  operator: string,
  values: readonly unknown[],
): { matches: Matcher; negative: boolean } | null {
  const positive = NEGATIVE.get(operator);
  const matches = operators().get(positive ?? operator)?.(values);
  return matches ? { matches, negative: positive !== undefined } : null;
}
