import type { Comparison, MetricReport, RelativeSet } from '../../server/contract/report-contract.ts';
import { differenceScale, differenceText, liftText, marginText } from '../metric-numbers.ts';
import { lookText } from '../parts/metric-words.ts';

/** A stretch of an axis in the unit that is shown; null is an end without limit. */
export type Stretch = { from: number | null; to: number | null };

/** Lifts in percent share one axis; differences in the metrics' own units cannot, so each metric has its own. */
export type Scale = 'relative' | 'absolute';
/** `plain`: numbers that were adjusted are replaced by those without, which decide nothing. */
export type IntervalView = { scale: Scale; plain: boolean };

/** One line of the forest plot: a challenger on a metric. In percent or the metric's unit, because it is about to be drawn. */
export type IntervalRow = {
  id: string;
  variant: string;
  status: Comparison['status'] | 'plain';
  /** After correction for all comparisons of the family; null: not decided. */
  significant: boolean | null;
  estimate: number | null;
  stretches: Stretch[];
  /** Holds together with the intervals of the family; of differences only. */
  simultaneous: Stretch | null;
  /** What stands beside the interval. */
  text: string;
  /** Whether it may be used for a decision, in words. */
  state: string;
};

export type Role = MetricReport['role'];
export type IntervalGroup = {
  metric: string;
  role: Role;
  note: string;
  /** Of differences; null: percent of the control. */
  unit: string;
  /** Where "worse by the margin" begins. */
  margin: number | null;
  rows: IntervalRow[];
};

export const roleOrder = ['primary', 'secondary', 'guardrail'] as const;
const usual: IntervalView = { scale: 'relative', plain: false };

export function intervalGroups(metrics: readonly MetricReport[], view: IntervalView = usual): IntervalGroup[] {
  const sorted = roleOrder.flatMap((role) => metrics.filter((metric) => metric.role === role));
  return sorted.map((metric) => {
    const margin = metric.comparisons.find((comparison) => comparison.margin)?.margin?.margin;
    const better = metric.direction === 'increase' ? 'higher is better' : 'lower is better';
    return {
      metric: metric.name,
      role: metric.role,
      note: margin ? `${better}; margin ${marginText(metric.kind, margin)}` : better,
      unit: view.scale === 'relative' ? '%' : differenceScale(metric.kind).unit.trim(),
      margin: marginPlace(metric, view.scale),
      rows: metric.comparisons.map((comparison) => rowOf(metric, comparison, view)),
    };
  });
}

/** A margin of the other kind is turned by the control's value; without one there is no place. */
function marginPlace({ comparisons, variants, direction, kind }: MetricReport, scale: Scale): number | null {
  const found = comparisons.find(({ margin }) => margin);
  if (!found?.margin) return null;
  const { margin } = found.margin;
  const control = Math.abs(variants.find(({ variant }) => variant === found.control)?.value ?? 0);
  const worse = direction === 'increase' ? -1 : 1;
  if (scale === 'relative') {
    if ('relative' in margin) return worse * margin.relative * 100;
    return control > 0 ? (worse * margin.absolute * 100) / control : null;
  }
  const { factor } = differenceScale(kind);
  if ('absolute' in margin) return worse * margin.absolute * factor;
  return control > 0 ? worse * margin.relative * control * factor : null;
}

function rowOf(metric: MetricReport, comparison: Comparison, { scale, plain }: IntervalView): IntervalRow {
  const { variant, missing, significant } = comparison;
  const status = plain && comparison.adjustment && comparison.status !== 'insufficient' ? 'plain' : comparison.status;
  const numbers = status === 'insufficient' ? null : numbersOf(metric, comparison, scale);
  const words = {
    final: 'final',
    look: lookText(comparison) ?? 'at a look',
    live: 'live, not for decisions',
    plain: 'not adjusted, decides nothing',
    insufficient: missing ?? 'too little data',
  }[status];
  const none = scale === 'relative' ? 'no relative lift' : 'no difference';
  return {
    id: `${metric.key} ${variant}`,
    variant,
    status,
    significant: status === 'plain' ? null : significant,
    estimate: numbers?.estimate ?? null,
    stretches: numbers?.stretches ?? [],
    simultaneous: numbers?.simultaneous ?? null,
    text: numbers?.text ?? (status === 'insufficient' ? 'too little data' : none),
    state: words + significance(status === 'plain' ? null : significant),
  };
}

const significance = (significant: boolean | null): string =>
  significant === null ? '' : significant ? ', significant' : ', not significant';

type Numbers = Pick<IntervalRow, 'estimate' | 'stretches' | 'simultaneous' | 'text'>;

function numbersOf({ kind }: MetricReport, comparison: Comparison, scale: Scale): Numbers | null {
  const { relative, difference, simultaneous } = comparison;
  if (scale === 'relative') {
    if (!relative) return null;
    const estimate = relative.estimate === null ? null : relative.estimate * 100;
    const text = liftText(relative.estimate, relative.set);
    return { estimate, stretches: stretchesOf(relative.set), simultaneous: null, text };
  }
  if (!difference) return null;
  const { factor } = differenceScale(kind);
  const stretch = (interval: { lower: number; upper: number }) => ({
    from: interval.lower * factor,
    to: interval.upper * factor,
  });
  return {
    estimate: difference.estimate * factor,
    stretches: [difference.interval ? stretch(difference.interval) : { from: null, to: null }],
    simultaneous: simultaneous && stretch(simultaneous.interval),
    text: differenceText(kind, difference),
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
