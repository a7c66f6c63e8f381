import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';
import { anyNumber, count, counted, plain, THIN, wholePercent } from '../format.ts';
import { differenceText, liftText } from '../metric-numbers.ts';
import type { EstimateRow } from './estimate-rows.ts';
import { roleOrder } from './interval-rows.ts';
import type { ScoreBin } from './score-bins.ts';
import type { TimePoint } from './time-series.ts';

/** What is seen in a forest plot: the first metric's lift, and how many lifts are more than noise. */
export function liftTitle(metrics: readonly MetricReport[]): string {
  const all = roleOrder
    .flatMap((role) => metrics.filter((metric) => metric.role === role))
    .flatMap((metric) => metric.comparisons.map((comparison) => ({ metric, comparison })))
    .filter(({ comparison }) => comparison.status !== 'insufficient' && comparison.relative?.estimate != null);
  const [first] = all;
  if (!first) return 'There is too little data to tell a lift';
  const several = new Set(all.map(({ comparison }) => comparison.variant)).size > 1;
  const lead = `${first.metric.name} ${movedBy(first.comparison)}${several ? ` with ${first.comparison.variant}` : ''}, ${standing(first.comparison)}`;
  const judged = all.filter(({ comparison }) => comparison.significant !== null);
  if (judged.length < 2) return lead;
  const sure = judged.filter(({ comparison }) => comparison.significant).length;
  return `${lead}; ${sure === 0 ? 'none' : count(sure)} of ${count(judged.length)} lifts ${sure === 1 ? 'is' : 'are'} more than noise`;
}

function movedBy({ relative }: Comparison): string {
  if (!relative || relative.estimate === null) return 'has no lift';
  const size = liftText(relative.estimate, relative.set).split(' (')[0] ?? '';
  if (/^[\u2212-]/.test(size)) return `is down ${size.slice(1)}`;
  return size.startsWith('+') ? `is up ${size.slice(1)}` : 'is where it was';
}

function standing({ status, significant }: Comparison): string {
  if (status === 'live') return 'live and not for decisions';
  if (significant === null) return 'which the last look decides';
  return significant ? 'more than noise' : 'still within noise';
}

/** Where the last look left each challenger. */
export function looksTitle({ name, kind, looks }: MetricReport, planned: number | null): string {
  const number = Math.max(0, ...looks.map((look) => look.number));
  const parts = looks
    .filter((look) => look.number === number)
    .map(({ variant, estimate, interval }) =>
      estimate === null ? `${variant} has no number` : `${variant} ${differenceText(kind, { estimate, interval })}`,
    );
  const plan = planned !== null && number <= planned ? ` of ${planned}` : '';
  return `${name} after look ${number}${plan}: ${listed(parts)}`;
}

type Units = { variant: string; units: number }[];

/** Units that came: how many to whom, or how fast. */
export function exposuresTitle(totals: Units, buckets: number, per: string, cumulative: boolean): string {
  const all = totals.reduce((sum, { units }) => sum + units, 0);
  if (!cumulative && buckets > 1) {
    return `${counted(all, 'unit')} came, ${anyNumber(Number((all / buckets).toPrecision(3)))} per ${per} on average`;
  }
  const parts = totals.map(
    ({ variant, units }) => `${variant} ${count(units)} (${plain(all && (units / all) * 100, 0)}${THIN}%)`,
  );
  return `${counted(all, 'unit')} so far: ${listed(parts)}`;
}

/** Estimates in words: against a line, which intervals leave it; without one, the numbers themselves. */
export function estimatesTitle(rows: readonly EstimateRow[], reference: number | null): string {
  const [first] = rows;
  if (!first) return 'There is no estimate yet';
  if (reference === null) {
    if (rows.length <= 3) return listed(rows.map(({ name, text }) => `${name} ${text}`));
    const sorted = [...rows].sort((a, b) => a.estimate - b.estimate);
    const [least, most] = [sorted[0] ?? first, sorted.at(-1) ?? first];
    return `Estimates reach from ${least.text} (${least.name}) to ${most.text} (${most.name})`;
  }
  const side = (wanted: (interval: { lower: number; upper: number }) => boolean) =>
    rows.filter(({ interval }) => interval !== null && wanted(interval)).map(({ name }) => name);
  const above = side(({ lower }) => lower > reference);
  const below = side(({ upper }) => upper < reference);
  const open = rows.map(({ name }) => name).filter((name) => !above.includes(name) && !below.includes(name));
  return [
    above.length > 0 && `above ${anyNumber(reference)}: ${listed(above)}`,
    below.length > 0 && `below ${anyNumber(reference)}: ${listed(below)}`,
    open.length > 0 && `could be either side of ${anyNumber(reference)}: ${listed(open)}`,
  ]
    .filter((part) => part !== false)
    .join('; ')
    .replace(/^./, (letter) => letter.toUpperCase());
}

/** What held at the end of each line; without a format in the unit that ends the label, such as "Mean time of a call, ms". */
export function linesTitle(points: readonly TimePoint[], label: string, own?: (value: number) => string): string {
  const [, what = label, unit] = /^(.*), (%|ms)$/.exec(label) ?? [];
  const format = own ?? ((value: number) => `${anyNumber(value)}${unit ? `${THIN}${unit}` : ''}`);
  const last = new Map<string, TimePoint>();
  for (const point of points) if (point.at >= (last.get(point.name)?.at ?? new Date(0))) last.set(point.name, point);
  const ends = [...last.values()];
  if (ends.length === 1) return `${what}: ${format(ends[0]?.value ?? 0)} at the end`;
  return `${what} at the end: ${listed(ends.map(({ name, value }) => `${name} ${format(value)}`))}`;
}

/** How much of two distributions is shared, and where their middles are. */
export function scoresTitle(bins: readonly ScoreBin[]): string {
  const models = [...new Set(bins.map(({ model }) => model))];
  const own = models.map((model) => bins.filter((bin) => bin.model === model));
  const shared = (own[0] ?? []).reduce(
    (sum, { share }, place) => sum + Math.min(share, own[1]?.[place]?.share ?? 0),
    0,
  );
  const middles = models.map((model, place) => `${middleOf(own[place] ?? [])} (${model})`);
  return `${wholePercent(shared)} of the two distributions is shared; the median score is ${listed(middles)}`;
}

/** The median, as far as bins tell it. */
function middleOf(bins: readonly ScoreBin[]): string {
  let below = 0;
  for (const { from, to, share } of bins) {
    if (below + share >= 0.5) return anyNumber(Number((from + ((0.5 - below) / share) * (to - from)).toPrecision(2)));
    below += share;
  }
  return 'nowhere';
}

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
