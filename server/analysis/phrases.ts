/** Numbers as people read them in sentences. */

/** Narrow and without a line break, as everywhere on the dashboard. */
export const NARROW_SPACE = '\u202f';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Thousands apart by a narrow space, as everywhere on the dashboard: "305 866". */
export function count(n: number): string {
  return whole.format(n).replaceAll(',', NARROW_SPACE);
}

/** "1 unit was", "2,400 units were". */
export function oneOf(n: number, singular: string, plural: string): string {
  return `${count(n)} ${n === 1 ? singular : plural}`;
}

/** A share 0-1 as percent, with two digits that matter: "0.031 %", "4.2 %", "37.8 %". */
export function percent(share: number): string {
  const value = share * 100;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 10 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  return `${value.toFixed(size === 0 ? 0 : digits)}${NARROW_SPACE}%`;
}

export function signedPercent(share: number): string {
  return `${share > 0 ? '+' : share < 0 ? '−' : ''}${percent(Math.abs(share))}`;
}

/** A mean or a difference of means, with three digits that matter. */
export function quantity(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(8, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return withDigits(digits).format(value).replaceAll(',', NARROW_SPACE).replace('-', '−');
}

/** Making one costs more than using it. */
const formats = new Map<number, Intl.NumberFormat>();

function withDigits(digits: number): Intl.NumberFormat {
  const format = formats.get(digits) ?? new Intl.NumberFormat('en-US', { maximumFractionDigits: digits });
  formats.set(digits, format);
  return format;
}

/** "p = 0.034", "p = 0.0002", "p = 3.1e-12"; from its logarithm where the number itself underflows. */
export function pPhrase(p: number, log10P: number | null): string {
  if (p >= 0.1) return `p = ${p.toFixed(2)}`;
  if (p >= 1e-4) return `p = ${Number(p.toPrecision(2))}`;
  const log = log10P ?? Math.log10(p);
  const power = Math.floor(log);
  return `p = ${(10 ** (log - power)).toFixed(1)}e${power}`;
}

export function list(words: string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "45 s", "12 min", "3.5 h", "2 days". */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}${NARROW_SPACE}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}${NARROW_SPACE}min`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10}${NARROW_SPACE}h`;
  return `${Math.round(seconds / 8640) / 10} days`;
}
