import type { Distribution } from '../../server/contract/distribution-contract.ts';
import { anyNumber, counted, percentOf } from '../format.ts';
import type { ChartTable } from './chart-csv.ts';

/** A stretch of values with the share of a variant's units in it, in percent; places are on the logarithmic axis. */
export type ShareStep = { variant: string; from: number; to: number; share: number; lower: number; upper: number };

export type DistributionSeries = { steps: ShareStep[]; ticks: { place: number; value: number }[] };

/**
 * Bars as steps along an axis that is logarithmic on both sides of 0. Values at 0 are told in words: their bar would press
 * the others flat.
 */
export function distributionSeries({ variants, bars }: Distribution): DistributionSeries {
  const shown = bars.filter(({ lower, upper }) => lower > 0 || upper < 0);
  const near = shown.flatMap(({ lower, upper }) => [Math.abs(lower), Math.abs(upper)]).filter((end) => end > 0);
  if (near.length === 0) return { steps: [], ticks: [] };
  const least = Math.min(...near);
  const place = (value: number) => (value === 0 ? 0 : Math.sign(value) * (1 + Math.log(Math.abs(value) / least)));
  const steps = variants.flatMap(({ variant, count }, index) =>
    shown.map(({ lower, upper, values }) => ({
      variant,
      from: place(lower),
      to: place(upper),
      share: count > 0 ? ((values[index] ?? 0) / count) * 100 : 0,
      lower,
      upper,
    })),
  );
  const ends = shown.flatMap(({ lower, upper }) => [lower, upper]);
  const ticks = logTicks(Math.min(...ends), Math.max(...ends), least).map((value) => ({ value, place: place(value) }));
  return { steps: filled(steps), ticks };
}

/** Stretches without any value were left out by the server: there the share is 0. */
function filled(steps: ShareStep[]): ShareStep[] {
  const all: ShareStep[] = [];
  for (const step of steps) {
    const before = all.at(-1);
    if (before?.variant === step.variant && step.from - before.to > 1e-9) {
      all.push({ ...step, from: before.to, to: step.from, share: 0, lower: before.upper, upper: step.lower });
    }
    all.push(step);
  }
  return all;
}

/** Round numbers: many where the range is short, powers of ten alone where it is long. */
function logTicks(low: number, high: number, least: number): number[] {
  const most = Math.max(Math.abs(low), Math.abs(high));
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const steps = most / least < 10 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : last - first <= 3 ? [1, 2, 5] : [1];
  const sizes = Array.from({ length: last - first + 1 }, (_, index) => index + first).flatMap((power) =>
    steps.map((step) => Number(`${step}e${power}`)),
  );
  const inside = (value: number) => value >= low && value <= high && Math.abs(value) >= least;
  return [...sizes.map((size) => -size), ...(low < 0 && high > 0 ? [0] : []), ...sizes].filter(
    (value) => value === 0 || inside(value),
  );
}

/** Where the middles are, and how many lie at 0. */
export function distributionTitle(name: string, distribution: Distribution): string {
  const { variants, values } = distribution;
  const what = values === 'unit' ? 'unit' : 'outcome';
  const middles = variants.map(({ variant }, index) => {
    const middle = medianOf(distribution, index);
    return `${variant} ${middle === null ? 'has none' : anyNumber(Number(middle.toPrecision(2)))}`;
  });
  const zeros = variants.filter(({ shareAtZero }) => shareAtZero !== null && shareAtZero > 0);
  const atZero =
    zeros.length === 0
      ? 'none is at 0'
      : `at 0 are ${zeros.map(({ variant, shareAtZero }) => `${percentOf(shareAtZero ?? 0)} of ${variant}`).join(', ')}`;
  return `${name}: the middle ${what} of ${middles.join(', of ')}; ${atZero}`;
}

/** As far as bars tell it: between the limits of the bar that holds the middle. */
function medianOf({ variants, bars }: Distribution, index: number): number | null {
  const half = (variants[index]?.count ?? 0) / 2;
  let below = 0;
  for (const { lower, upper, values } of bars) {
    const own = values[index] ?? 0;
    if (own > 0 && below + own >= half && lower <= 0 && upper >= 0) return 0;
    if (own > 0 && below + own >= half) return lower + ((half - below) / own) * (upper - lower);
    below += own;
  }
  return null;
}

export const distributionTable = ({ variants, bars, values }: Distribution): ChartTable => ({
  columns: ['From', 'To', ...variants.map(({ variant }) => `${variant}: ${values === 'unit' ? 'units' : 'outcomes'}`)],
  rows: bars.map(({ lower, upper, values: counts }) => [lower, upper, ...counts]),
});

/** "words: 200 units from 5 to 31". */
export const rangeText = ({ variant, count, min, max }: Distribution['variants'][number], what: string): string =>
  `${variant}: ${counted(count, what)}${min !== null && max !== null ? ` from ${anyNumber(min)} to ${anyNumber(max)}` : ''}`;
