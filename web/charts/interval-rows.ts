import type { Comparison, MetricReport, RelativeSet } from '../../server/contract/report-contract.ts';
import { liftText } from '../metric-numbers.ts';
import { lookText } from '../parts/metric-words.ts';

/** A stretch of the lift axis in percent; null is an end without limit. */
export type Stretch = { from: number | null; to: number | null };

/** One line of the forest plot: a challenger on a metric. Percent, because it is about to be drawn. */
export type IntervalRow = {
  id: string;
  variant: string;
  status: Comparison['status'];
  estimate: number | null;
  stretches: Stretch[];
  /** What stands beside the interval. */
  text: string;
  /** Whether it may be used for a decision, in words. */
  state: string;
};

export type IntervalGroup = { metric: string; note: string; rows: IntervalRow[] };

export const roleOrder = ['primary', 'secondary', 'guardrail'] as const;

export function intervalGroups(metrics: readonly MetricReport[]): IntervalGroup[] {
  const sorted = roleOrder.flatMap((role) => metrics.filter((metric) => metric.role === role));
  return sorted.map((metric) => ({
    metric: metric.name,
    note: metric.direction === 'increase' ? `${metric.role}, higher is better` : `${metric.role}, lower is better`,
    rows: metric.comparisons.map((comparison) => rowOf(metric, comparison)),
  }));
}

function rowOf(metric: MetricReport, comparison: Comparison): IntervalRow {
  const { variant, status, relative, missing } = comparison;
  const shown = status !== 'insufficient' && relative !== null;
  const text = shown
    ? liftText(relative.estimate, relative.set)
    : status === 'insufficient'
      ? 'too little data'
      : 'no relative lift';
  const state = {
    final: 'final',
    look: lookText(comparison) ?? 'at a look',
    live: 'live, not for decisions',
    insufficient: missing ?? 'too little data',
  }[status];
  return {
    id: `${metric.key} ${variant}`,
    variant,
    status,
    estimate: shown && relative.estimate !== null ? relative.estimate * 100 : null,
    stretches: shown ? stretchesOf(relative.set) : [],
    text,
    state,
  };
}

function stretchesOf(set: RelativeSet): Stretch[] {
  if (set.shape === 'unbounded') return [{ from: null, to: null }];
  if (set.shape === 'outside') {
    return [
      { from: null, to: set.below * 100 },
      { from: set.above * 100, to: null },
    ];
  }
  return [{ from: set.lower * 100, to: set.upper === null ? null : set.upper * 100 }];
}

/** What reaches this many times farther than the upper quarter is cut at the edge, lest one row flatten the others. */
const farthest = 4;

/** The axis in percent: holds zero and every usual interval and estimate. */
export function liftDomain(groups: readonly IntervalGroup[]): [number, number] {
  const rows = groups.flatMap((group) => group.rows);
  const ends = rows.map(({ stretches, estimate }) =>
    [estimate, ...stretches.flatMap(({ from, to }) => [from, to])].filter((end) => end !== null),
  );
  const reaches = ends.map((values) => Math.max(0, ...values.map(Math.abs))).sort((a, b) => a - b);
  const limit = (reaches[Math.floor((reaches.length - 1) * 0.75)] ?? 0) * farthest || 1;
  const kept = [0, ...ends.flat()].map((end) => Math.max(-limit, Math.min(limit, end)));
  const low = Math.min(...kept);
  const high = Math.max(...kept);
  const margin = Math.max((high - low) * 0.06, 0.05);
  return [low - margin, high + margin];
}

/** Whether an end that exists lies outside the axis. */
export const isCut = ({ from, to }: Stretch, [low, high]: readonly [number, number]): boolean =>
  (from !== null && from < low) || (to !== null && to > high);

export type DrawnStretch = { from: number; to: number; openLeft: boolean; openRight: boolean };

/** The part of a stretch inside the axis; an open side continues beyond the edge. */
export function clip({ from, to }: Stretch, [low, high]: readonly [number, number]): DrawnStretch {
  const left = from ?? Number.NEGATIVE_INFINITY;
  const right = to ?? Number.POSITIVE_INFINITY;
  return {
    from: Math.min(Math.max(left, low), high),
    to: Math.max(Math.min(right, high), low),
    openLeft: left < low,
    openRight: right > high,
  };
}
