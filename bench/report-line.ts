/** Repeated measurements of one rate, per second. */
export interface Rate {
  median: number;
  lowest: number;
  highest: number;
}

export function rateOf(samples: number[]): Rate {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)! };
}

const perSecond = (rate: number) => `${Math.round(rate).toLocaleString('en')}/s`;

/** One readable line: what, its median, its spread. */
export function reportLine(what: string, { median, lowest, highest }: Rate): string {
  return `${what.padEnd(44)} ${perSecond(median).padStart(16)}   (${perSecond(lowest)} to ${perSecond(highest)})`;
}
