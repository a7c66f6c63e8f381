export const count = (value: number): string => value.toLocaleString('en-US');

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** Three digits are enough to read; the report as JSON has them all. */
export function short(value: number): string {
  return Number(value.toPrecision(Math.abs(value) >= 100 ? 5 : 3)).toLocaleString('en-US', {
    maximumFractionDigits: 9,
  });
}

export const instantText = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const UNITS: [name: string, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** In the largest unit that it fills. */
export function durationText(seconds: number): string {
  const [name, size] = UNITS.find(([, each]) => seconds >= each) ?? ['second', 1];
  const number = Math.round(seconds / size);
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}
