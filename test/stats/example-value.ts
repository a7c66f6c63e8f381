/**
 * Matches a value with what a docstring's comment says of it: `0.1339...` (digits cut off), `[1, 2]`, `{ n: 3 }`,
 * `{ n: 3, ... }` (other fields left out), `'ok'`, `true`, `null`, `Infinity`. Returns what differs, or null.
 */
export function differenceFrom(comment: string, actual: unknown): string | null {
  const text = { rest: comment.trim() };
  const problem = matchValue(text, actual);
  if (problem) return problem;
  return text.rest === '' ? null : `"${text.rest}" after the value is not understood`;
}

interface Text {
  rest: string;
}

const NUMBER = /^(-?\d+(?:\.\d+)?)(\.\.\.)?(e[+-]?\d+)?/;
const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  undefined,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function matchValue(text: Text, actual: unknown): string | null {
  if (take(text, /^\[/)) return matchList(text, actual);
  if (take(text, /^\{/)) return matchFields(text, actual);
  const quoted = take(text, /^'([^']*)'/);
  if (quoted) return same(quoted[1], actual);
  const word = take(text, /^(true|false|null|undefined|-?Infinity)\b/);
  if (word) return same(WORDS[word[1]!], actual);
  const number = take(text, NUMBER);
  if (!number) return `"${text.rest}" is not a value`;
  return matchNumber(number[1]!, number[2] !== undefined, number[3] ?? '', actual);
}

function matchNumber(digits: string, cut: boolean, exponent: string, actual: unknown): string | null {
  if (typeof actual !== 'number') return `${digits} expected, got ${String(actual)}`;
  const written = Number(digits + exponent);
  if (!cut) return Math.abs(actual - written) <= 1e-13 * Math.abs(written) ? null : `${written}, got ${actual}`;
  const unit = Number(`1${exponent}`) * 10 ** -(digits.split('.')[1]?.length ?? 0);
  const beyond = (Math.abs(actual) - Math.abs(written)) / unit;
  const sameSign = digits.startsWith('-') === actual < 0;
  return sameSign && beyond > -1e-6 && beyond < 1 + 1e-6 ? null : `${digits}...${exponent}, got ${actual}`;
}

function matchList(text: Text, actual: unknown): string | null {
  if (!Array.isArray(actual)) return `a list expected, got ${String(actual)}`;
  let count = 0;
  while (!take(text, /^\]/)) {
    const problem = matchValue(text, actual[count]);
    if (problem) return `[${count}]: ${problem}`;
    count += 1;
    take(text, /^,/);
  }
  return count === actual.length ? null : `${count} items written, ${actual.length} found`;
}

function matchFields(text: Text, actual: unknown): string | null {
  if (actual === null || typeof actual !== 'object') return `an object expected, got ${String(actual)}`;
  const fields = new Map(Object.entries(actual));
  while (!take(text, /^\}/)) {
    if (take(text, /^\.\.\./)) fields.clear();
    else {
      const key = take(text, /^(\w+):/)?.[1];
      if (key === undefined) return `"${text.rest}" is not a field`;
      const problem = matchValue(text, (actual as Record<string, unknown>)[key]);
      if (problem) return `${key}: ${problem}`;
      fields.delete(key);
    }
    take(text, /^,/);
  }
  return fields.size === 0 ? null : `fields not written: ${[...fields.keys()].join(', ')}`;
}

function take(text: Text, pattern: RegExp): RegExpExecArray | null {
  const found = pattern.exec(text.rest);
  if (found) text.rest = text.rest.slice(found[0].length).trimStart();
  return found;
}

function same(written: unknown, actual: unknown): string | null {
  return Object.is(written, actual) ? null : `${String(written)}, got ${String(actual)}`;
}
