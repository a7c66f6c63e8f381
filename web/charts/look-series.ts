import type { MetricReport } from '../../server/contract/report-contract.ts';
import { count, dateTime } from '../format.ts';
import { differenceScale, differenceText, pText } from '../metric-numbers.ts';

/** One look at one challenger, in the unit that is shown: percentage points for rates. */
export type LookMark = {
  number: number;
  variant: string;
  estimate: number | null;
  from: number;
  to: number;
  /** The interval goes on beyond the axis, or has no limits yet. */
  cutLow: boolean;
  cutHigh: boolean;
  sentence: string;
};

/** Looks that are there to be drawn: with one there is nothing that goes over time. */
export const hasLookHistory = ({ looks }: MetricReport): boolean => new Set(looks.map(({ number }) => number)).size > 1;

/** First looks are so wide that they would flatten the rest: the axis reaches this many times as far as the last one. */
const reachOfLast = 3;

export function lookSeries(metric: MetricReport): { marks: LookMark[]; domain: [number, number] } {
  const { factor } = differenceScale(metric.kind);
  const domain = lookDomain(metric.looks, factor);
  const [low, high] = domain;
  const marks = metric.looks.map((look) => {
    const lower = look.interval ? look.interval.lower * factor : Number.NEGATIVE_INFINITY;
    const upper = look.interval ? look.interval.upper * factor : Number.POSITIVE_INFINITY;
    const { number, variant, estimate } = look;
    return {
      number,
      variant,
      estimate: estimate === null ? null : estimate * factor,
      from: Math.min(Math.max(lower, low), high),
      to: Math.max(Math.min(upper, high), low),
      cutLow: lower < low,
      cutHigh: upper > high,
      sentence: sentenceOf(metric, look),
    };
  });
  return { marks, domain };
}

function sentenceOf({ kind }: MetricReport, look: MetricReport['looks'][number]): string {
  const { number, at, units, variant, estimate, interval, pValue } = look;
  const what = estimate === null ? 'nothing to compare' : differenceText(kind, { estimate, interval });
  const test = pValue === null ? '' : `, ${pText(pValue, null)}`;
  return `Look ${number}, ${dateTime(at)}, ${count(units)} units, ${variant}: ${what}${test}.`;
}

/** Holds zero, all of each challenger's last interval, and its estimates as far as the reach allows. */
function lookDomain(looks: MetricReport['looks'], factor: number): [number, number] {
  const last = new Map(looks.map((look) => [look.variant, look]));
  const ends = [...last.values()].flatMap(({ estimate, interval }) =>
    [estimate, interval?.lower, interval?.upper].filter((end) => typeof end === 'number').map((end) => end * factor),
  );
  const estimates = looks.map(({ estimate }) => (estimate ?? 0) * factor);
  const reach = Math.max(0, ...(ends.length > 0 ? ends : estimates).map(Math.abs)) * reachOfLast || 1;
  const everything = looks.flatMap(({ estimate, interval }) =>
    [estimate, interval?.lower, interval?.upper].filter((end) => typeof end === 'number').map((end) => end * factor),
  );
  const kept = [0, ...everything].map((end) => Math.max(-reach, Math.min(reach, end)));
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  const margin = (high - low) * 0.06 || 1;
  return [low - margin, high + margin];
}
