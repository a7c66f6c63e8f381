/** How values, differences, lifts and p-values of a metric read; percentage points exist only from here on. */
import type { Comparison, MetricReport, RelativeSet } from '../server/contract/report-contract.ts';
import { anyNumber, decimalsFor, decimalsOf, NONE, plain, signed, THIN, weightPercent } from './format.ts';

export type MetricKind = MetricReport['kind'];
type Difference = Pick<NonNullable<Comparison['difference']>, 'estimate' | 'interval'>;
type Interval = { lower: number; upper: number };
type Margin = NonNullable<Comparison['margin']>['margin'];

/** Shares of units: shown in percent, and their differences in percentage points. */
export const isRate = (kind: MetricKind): boolean => kind === 'proportion' || kind === 'retention';

/** By what a value is multiplied to be shown, and its unit; those of a mean are those of its outcome, known to its owner. */
const valueScale = (kind: MetricKind) => (isRate(kind) ? { factor: 100, unit: `${THIN}%` } : { factor: 1, unit: '' });

/** The same for differences: of rates, and of the chance to be larger, in percentage points. */
export const differenceScale = (kind: MetricKind) =>
  isRate(kind) || kind === 'rank' ? { factor: 100, unit: `${THIN}pp` } : { factor: 1, unit: '' };

/** What the numbers in the column of differences are, for an axis: "percentage points". */
export const differenceUnit = (kind: MetricKind): string =>
  isRate(kind) || kind === 'rank' ? 'percentage points' : 'in the metric\u2019s unit';

/** Rate, mean, ratio or quantile of a variant, with the digits its standard error supports. */
export function metricValue(kind: MetricKind, value: number | null, standardError: number | null): string {
  if (value === null) return NONE;
  const { factor, unit } = valueScale(kind);
  const decimals = standardError ? decimalsFor(standardError * factor) : decimalsOf(value * factor, 3);
  return plain(value * factor, decimals) + unit;
}

export function standardErrorText(kind: MetricKind, standardError: number | null): string {
  if (standardError === null) return NONE;
  const { factor, unit } = differenceScale(kind);
  return plain(standardError * factor, decimalsOf(standardError * factor, 3)) + unit;
}

/** "+8.13 pp (7.60 to 8.66)"; of a rank metric the chance to be larger itself, "53.2 % (51.0 to 55.4)". */
export function differenceText(kind: MetricKind, { estimate, interval }: Difference): string {
  const { factor, unit } = differenceScale(kind);
  const half = interval && ((interval.upper - interval.lower) / 2) * factor;
  const decimals = half ? decimalsFor(half) : Math.min(4, decimalsOf(estimate * factor, 3));
  if (kind === 'rank') {
    const chance = (value: number) => plain((0.5 + value) * 100, decimals);
    return `${chance(estimate)}${THIN}% (${interval ? `${chance(interval.lower)} to ${chance(interval.upper)}` : ANYTHING})`;
  }
  const range = interval ? rangeText(interval, factor, decimals) : ANYTHING;
  return `${signed(estimate * factor, decimals)}${unit} (${range})`;
}

/** Where a test may not conclude yet, its interval is the whole line. */
const ANYTHING = 'anything is still possible';

const rangeText = ({ lower, upper }: Interval, factor: number, decimals: number): string =>
  `${plain(lower * factor, decimals)} to ${plain(upper * factor, decimals)}`;

/** An interval alone, of differences: "7.60 to 8.66 pp". */
export function intervalText(kind: MetricKind, interval: Interval): string {
  const { factor, unit } = differenceScale(kind);
  return rangeText(interval, factor, decimalsFor(((interval.upper - interval.lower) / 2) * factor)) + unit;
}

/** One difference, without an interval: "-1.2 pp". */
export function oneDifference(kind: MetricKind, value: number): string {
  const { factor, unit } = differenceScale(kind);
  return signed(value * factor, Math.min(6, decimalsOf(value * factor, 3))) + unit;
}

/** "5 %" of the control's value, or "0.5 pp" in the metric's own unit. */
export function marginText(kind: MetricKind, margin: Margin): string {
  if ('relative' in margin) return weightPercent(margin.relative);
  const { factor, unit } = differenceScale(kind);
  return plain(margin.absolute * factor, Math.min(6, decimalsOf(margin.absolute * factor, 2))) + unit;
}

/** "+2.1 % (0.4 to 3.8)"; sets without limits are said in words. */
export function liftText(estimate: number | null, set: RelativeSet): string {
  const decimals = liftDecimals(estimate, set);
  const head = estimate === null ? 'not defined' : `${signed(estimate * 100, decimals)}${THIN}%`;
  return `${head} (${setText(set, decimals)})`;
}

function setText(set: RelativeSet, decimals: number): string {
  const percent = (value: number) => plain(value * 100, decimals);
  if (set.shape === 'unbounded') return 'any value possible';
  if (set.shape === 'outside') return `below ${percent(set.below)} or above ${percent(set.above)}`;
  if (set.upper === null) return `${percent(set.lower)} or more`;
  return `${percent(set.lower)} to ${percent(set.upper)}`;
}

function liftDecimals(estimate: number | null, set: RelativeSet): number {
  if (set.shape === 'bounded' && set.upper !== null)
    return Math.min(4, decimalsFor(((set.upper - set.lower) / 2) * 100));
  if (set.shape === 'bounded' && estimate !== null) return Math.min(4, decimalsFor((estimate - set.lower) * 100));
  return estimate === null ? 0 : Math.min(1, decimalsOf(estimate * 100, 2));
}

/** The e-value where a double holds it, and its logarithm: "e-value 24.5, its natural logarithm 3.20". */
export function eValueText(logE: number): string {
  const e = logE < 700 ? `e-value ${anyNumber(Number(Math.exp(logE).toPrecision(3)))}` : 'e-value above 1e300';
  return `${e}, its natural logarithm ${plain(logE, 2)}`;
}

/** Of plain intervals of 95 % beside the deciding ones: without adjustment, and of segments. */
export const z95 = 1.959964;

/** "p = 0.003", "p = 2.5e-27", "p < 1e-300"; log10P carries what a double cannot. */
export function pText(p: number | null, log10P: number | null): string {
  if (p === null && log10P === null) return NONE;
  const exponent = log10P ?? Math.log10(p ?? 0);
  if (exponent < -300) return 'p < 1e-300';
  const value = p && p > 0 ? p : 10 ** exponent;
  if (value > 0.99) return 'p > 0.99';
  if (value >= 0.1) return `p = ${value.toFixed(2)}`;
  if (value >= 0.001) return `p = ${value.toFixed(3)}`;
  if (value >= 0.0001) return `p = ${value.toFixed(4)}`;
  return `p = ${value.toExponential(1)}`;
}
