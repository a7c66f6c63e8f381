/** Numbers as people read them in sentences. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Thousands apart by a narrow space, as everywhere on the dashboard: "305 866". */
export function count(n: number): string {
  return whole.format(n).replaceAll(',', '\u202f');
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
  return `${value.toFixed(size === 0 ? 0 : digits)} %`;
}

export function signedPercent(share: number): string {
  return `${share > 0 ? '+' : share < 0 ? '−' : ''}${percent(Math.abs(share))}`;
}

/** A mean or a difference of means, with three digits that matter. */
export function quantity(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(8, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: digits })
    .format(value)
    .replaceAll(',', '\u202f')
    .replace('-', '−');
}

/** "p = 0.003", "p < 1e-15". */
export function pPhrase(p: number, log10P: number | null): string {
  if (p >= 0.001) return `p = ${p.toFixed(3)}`;
  const power = log10P ?? Math.log10(p);
  return `p < 1e${Math.ceil(power) === power ? power + 1 : Math.ceil(power)}`;
}

export function list(words: string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
