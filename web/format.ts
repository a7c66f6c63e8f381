/** How numbers and times read on the page. Pure; percent exists only where text is made. */

const MINUS = '\u2212';
/** Narrow no-break space: between thousands and before a unit, so that a number never breaks over lines. */
export const THIN = '\u202f';
export const NONE = '\u2013';

/** Decimals that show two significant digits of a spread: 1.8 → 1, 17 → 0, 0.053 → 3. */
export function decimalsFor(spread: number): number {
  if (!Number.isFinite(spread) || spread <= 0) return 2;
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(spread))));
}

/** Decimals that show so many significant digits of the number itself. */
export function decimalsOf(value: number, digits: number): number {
  if (!Number.isFinite(value) || value === 0) return 0;
  return Math.min(12, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value)))));
}

/** A plain number: grouped by thin spaces, with a real minus sign, and no minus before zero. */
export function plain(value: number, decimals: number): string {
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (fraction === undefined ? '' : `.${fraction}`);
  return value < 0 && /[1-9]/.test(digits) ? MINUS + digits : digits;
}

export function signed(value: number, decimals: number): string {
  const text = plain(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

export const count = (value: number): string => plain(Math.round(value), 0);

/** "1 unit", "191 243 units". */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

/** A share of 0–1 as whole percent; never 100 before it is all, never 0 once there is something. */
export function wholePercent(share: number): string {
  const percent = share >= 1 ? 100 : share <= 0 ? 0 : Math.min(99, Math.max(1, Math.floor(share * 100)));
  return `${percent}${THIN}%`;
}

/** A share of 0–1 as percent with the digits it needs: 0.5 → "50 %", 0.3333 → "33.33 %". */
export function weightPercent(weight: number): string {
  return `${plain(weight * 100, 2).replace(/\.?0+$/, '')}${THIN}%`;
}

/** A share of 0–1 as percent with two significant digits: "0.031 %". */
export const percentOf = (share: number): string =>
  `${plain(share * 100, share === 0 ? 0 : Math.min(6, decimalsOf(share * 100, 2)))}${THIN}%`;

/** A number of unknown meaning (health details): whole numbers as counts, others with three digits. */
export function anyNumber(value: number): string {
  if (Number.isInteger(value)) return count(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(1).replaceAll('-', MINUS);
  return plain(value, decimalsOf(value, 3));
}

const SPANS: readonly (readonly [number, string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** "7 days", "36 hours", "90 seconds": the largest unit that divides the span. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [size, name] = SPANS.find(([span]) => whole >= span && whole % span === 0) ?? [1, 'second'];
  return counted(whole / size, name);
}

/** "hour", "10 minutes": what stands after "per". */
export const bucketName = (seconds: number): string => duration(seconds).replace(/^1 /, '');

type Zone = { timeZone?: string };

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes longer than a hundred uses of it, and a page has hundreds. */
function formatOf(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = JSON.stringify(options);
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', options);
  formats.set(name, made);
  return made;
}

/** "19 Nov 2025, 14:03" in the reader's zone, or in the one given. */
export function dateTime(iso: string, zone: Zone = {}): string {
  return formatOf({ dateStyle: 'medium', timeStyle: 'short', ...zone }).format(new Date(iso));
}

export function dateOnly(iso: string, zone: Zone = {}): string {
  return formatOf({ dateStyle: 'medium', ...zone }).format(new Date(iso));
}

export function clock(iso: string, zone: Zone = {}): string {
  return formatOf({ timeStyle: 'medium', ...zone }).format(new Date(iso));
}

/** A tick of a time axis in the reader's zone: the day at midnight, else the hour. */
export function dayOrHour(at: Date, zone: Zone = {}): string {
  const hour = formatOf({ hour: '2-digit', minute: '2-digit', ...zone }).format(at);
  return hour === '00:00' ? formatOf({ day: 'numeric', month: 'short', ...zone }).format(at) : hour;
}

/** A size in the unit that fits: "12 kB", "3.4 MB". */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  const value = size / 1000 ** step;
  return `${plain(value, step > 0 && value < 10 ? 1 : 0)}${THIN}${units[step]}`;
}

export const zoneName = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "expectedShare" or "expected_share" → "expected share"; keys with dashes are variants and stay. */
export const words = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replaceAll('_', ' ');
