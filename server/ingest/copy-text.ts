/** Pieces of PostgreSQL's COPY text format: columns end with a tab, rows with a line feed, `\N` is null. */

export const NULL = '\\N';

/** What COPY text must escape, and surrogates, of which the lone ones are no UTF-8. */
const NEEDS_CARE = /[\\\n\r\t\ud800-\udfff]/;
const SPECIAL = /[\\\n\r\t]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const ESCAPE: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Lone surrogates become U+FFFD, as TextEncoder makes them, so that what is stored is what was hashed. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

export function textColumn(text: string): string {
  if (!NEEDS_CARE.test(text)) return text;
  return wellFormed(text).replace(SPECIAL, (character) => ESCAPE[character] ?? character);
}

export function optionalText(text: string | null | undefined): string {
  return text === null || text === undefined ? NULL : textColumn(text);
}

/** JSON has no raw control characters; only its backslashes need care. */
export function jsonColumn(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes('\\')) return json;
  return JSON.stringify(value, wellFormedPart).replaceAll('\\', '\\\\');
}

function wellFormedPart(_key: string, part: unknown): unknown {
  if (typeof part === 'string') return wellFormed(part);
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [wellFormed(key), value]));
}

export function optionalJson(value: unknown): string {
  return value === null || value === undefined ? NULL : jsonColumn(value);
}

let minute = Number.NaN;
let minuteText = '';

/** A moment in whole ms as timestamptz text. Neighbouring events share their minute, so its text is kept. */
export function timeColumn(ms: number): string {
  const inMinute = ms - Math.floor(ms / 60_000) * 60_000;
  if (ms - inMinute !== minute) {
    minute = ms - inMinute;
    minuteText = new Date(minute).toISOString().slice(0, 17);
  }
  const rest = inMinute % 1000;
  const seconds = (inMinute - rest) / 1000;
  return `${minuteText}${seconds < 10 ? '0' : ''}${seconds}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
