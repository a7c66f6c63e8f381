import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { count, dateTime } from '../format.ts';
import { differenceScale, differenceText, oneDifference, pText } from '../metric-numbers.ts';

/** One look at one challenger, in the unit that is shown: percentage points for rates. */
export type LookMark = {
  number: number;
  at: Date;
  variant: string;
  estimate: number | null;
  from: number;
  to: number;
  /** The interval goes on beyond the axis, or has no limits yet. */
  cutLow: boolean;
  cutHigh: boolean;
  /** The first look of its variant whose interval leaves zero. */
  concludes: boolean;
  sentence: string;
};

/** What the units that still wait show so far: it grows, and nothing may be concluded from it. */
export type SoFarMark = { at: Date; variant: string; estimate: number; units: number; sentence: string };

export type LookSeries = { marks: LookMark[]; soFar: SoFarMark[]; domain: [number, number] };

/** Looks that are there to be drawn: with one there is nothing that goes over time, unless units still wait. */
export const hasLookHistory = (metric: MetricReport): boolean =>
  new Set(metric.looks.map(({ number }) => number)).size > 1 ||
  (metric.looks.length > 0 && metric.variants.some(({ openUnits, soFar }) => openUnits > 0 && soFar !== null));

/** First looks are so wide that they would flatten the rest: the axis reaches this many times as far as the last one. */
const reachOfLast = 3;

export function lookSeries(metric: MetricReport, computedAt: string): LookSeries {
  const { factor } = differenceScale(metric.kind);
  const soFar = soFarMarks(metric, computedAt, factor);
  const domain = lookDomain(metric.looks, soFar, factor);
  const [low, high] = domain;
  const concluded = new Set<string>();
  const marks = metric.looks
    .toSorted((a, b) => a.number - b.number)
    .map((look) => {
      const lower = look.interval ? look.interval.lower * factor : Number.NEGATIVE_INFINITY;
      const upper = look.interval ? look.interval.upper * factor : Number.POSITIVE_INFINITY;
      const { number, variant, estimate } = look;
      const concludes = (lower > 0 || upper < 0) && !concluded.has(variant);
      if (concludes) concluded.add(variant);
      return {
        number,
        at: new Date(look.at),
        variant,
        estimate: estimate === null ? null : estimate * factor,
        from: Math.min(Math.max(lower, low), high),
        to: Math.max(Math.min(upper, high), low),
        cutLow: lower < low,
        cutHigh: upper > high,
        concludes,
        sentence: sentenceOf(metric, look),
      };
    });
  return { marks, soFar, domain };
}

function soFarMarks({ variants, comparisons, kind }: MetricReport, computedAt: string, factor: number): SoFarMark[] {
  const of = (name: string) => variants.find(({ variant }) => variant === name);
  return comparisons.flatMap(({ variant, control }) => {
    const [own, base] = [of(variant), of(control)];
    if (own?.soFar == null || base?.soFar == null || own.openUnits === 0) return [];
    const difference = own.soFar - base.soFar;
    const units = own.openUnits + base.openUnits;
    return [
      {
        at: new Date(computedAt),
        variant,
        estimate: difference * factor,
        units,
        sentence: `So far, ${count(units)} units that still wait, ${variant}: ${oneDifference(kind, difference)}. No test uses it.`,
      },
    ];
  });
}

function sentenceOf({ kind }: MetricReport, look: MetricReport['looks'][number]): string {
  const { number, at, units, variant, estimate, interval, pValue } = look;
  const what = estimate === null ? 'nothing to compare' : differenceText(kind, { estimate, interval });
  const test = pValue === null ? '' : `, ${pText(pValue, null)}`;
  return `Look ${number}, ${dateTime(at)}, ${count(units)} units, ${variant}: ${what}${test}.`;
}

/** Holds zero, all of each challenger's last interval, and its estimates as far as the reach allows. */
function lookDomain(looks: MetricReport['looks'], soFar: SoFarMark[], factor: number): [number, number] {
  const last = new Map(looks.map((look) => [look.variant, look]));
  const ends = [...last.values()].flatMap(({ estimate, interval }) =>
    [estimate, interval?.lower, interval?.upper].filter((end) => typeof end === 'number').map((end) => end * factor),
  );
  const estimates = looks.map(({ estimate }) => (estimate ?? 0) * factor);
  const reach = Math.max(0, ...(ends.length > 0 ? ends : estimates).map(Math.abs)) * reachOfLast || 1;
  const everything = looks.flatMap(({ estimate, interval }) =>
    [estimate, interval?.lower, interval?.upper].filter((end) => typeof end === 'number').map((end) => end * factor),
  );
  const waiting = soFar.map(({ estimate }) => estimate);
  const kept = [0, ...everything, ...waiting].map((end) => Math.max(-reach, Math.min(reach, end)));
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  const margin = (high - low) * 0.06 || 1;
  return [low - margin, high + margin];
}

/** From the start to the planned end where that is known and not far beyond, else to the last point. */
export function timeDomain(
  { marks, soFar }: LookSeries,
  { phase, progress }: Pick<Report, 'phase' | 'progress'>,
): [Date, Date] {
  const times = [...marks, ...soFar].map(({ at }) => at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const start = phase?.startedAt ? Math.min(Date.parse(phase.startedAt), first) : first;
  const end = progress?.plannedEndAt ? Date.parse(progress.plannedEndAt) : last;
  const span = Math.max(last - start, 1000);
  const to = end > last && end - start < 6 * span ? end : last;
  return [new Date(start), new Date(to + 0.03 * (to - start))];
}
