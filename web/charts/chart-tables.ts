import type { MetricReport } from '../../server/contract/report-contract.ts';
import type { SegmentReport } from '../../server/contract/segment-contract.ts';
import { differenceScale, differenceUnit, z95 } from '../metric-numbers.ts';
import type { ChartTable } from './chart-csv.ts';
import type { EstimateRow } from './estimate-rows.ts';
import type { ExposurePoint } from './exposure-series.ts';
import type { IntervalGroup, Scale } from './interval-rows.ts';
import type { LookSeries } from './look-series.ts';
import type { ScoreBin } from './score-bins.ts';
import { togetherZ } from './segment-rows.ts';
import type { TimePoint } from './time-series.ts';

export function intervalTable(groups: readonly IntervalGroup[], control: string, scale: Scale): ChartTable {
  const what = scale === 'relative' ? `Lift against ${control}, %` : `Difference from ${control}`;
  const end = (name: string) => (scale === 'relative' ? `${name}, %` : name);
  return {
    columns: ['Metric', 'Role', 'Variant', what, end('From'), end('To'), 'Unit', 'In words', 'State'],
    rows: groups.flatMap(({ metric, role, unit, rows }) =>
      rows.map((row) => {
        const [first] = row.stretches;
        const whole = row.stretches.length === 1;
        return [
          metric,
          role,
          row.variant,
          row.estimate,
          whole && first ? first.from : null,
          whole && first ? first.to : null,
          unit || 'that of the metric',
          row.text,
          row.state,
        ];
      }),
    ),
  };
}

export function looksTable({ kind, looks }: MetricReport, { marks, soFar }: LookSeries): ChartTable {
  const { factor } = differenceScale(kind);
  const unit = differenceUnit(kind);
  const shown = (value: number | undefined | null) => (value == null ? null : value * factor);
  const concludes = (number: number, variant: string) =>
    marks.some((mark) => mark.concludes && mark.number === number && mark.variant === variant);
  const ends = [`Difference, ${unit}`, `From, ${unit}`, `To, ${unit}`];
  return {
    columns: ['Look', 'Taken', 'Units', 'Variant', ...ends, 'p-value', 'State'],
    rows: [
      ...looks.map(({ number, at, units, variant, estimate, interval, pValue }) => [
        number,
        at,
        units,
        variant,
        shown(estimate),
        shown(interval?.lower),
        shown(interval?.upper),
        pValue,
        concludes(number, variant) ? 'the first to leave zero' : 'a look',
      ]),
      ...soFar.map(({ at, units, variant, estimate }) => [
        ...[null, at.toISOString(), units, variant, estimate, null, null, null],
        'so far, no result',
      ]),
    ],
  };
}

/** A row a bucket, a column a variant. */
export function exposureTable(series: readonly ExposurePoint[], label: string): ChartTable {
  const variants = [...new Set(series.map(({ variant }) => variant))];
  const times = new Map<number, Map<string, number>>();
  for (const { at, variant, units } of series) {
    const row = times.get(at.getTime()) ?? new Map<string, number>();
    times.set(at.getTime(), row.set(variant, units));
  }
  return {
    columns: ['From', ...variants.map((variant) => `${variant}: ${label.toLowerCase()}`)],
    rows: [...times].map(([at, units]) => [
      new Date(at).toISOString(),
      ...variants.map((variant) => units.get(variant) ?? 0),
    ]),
  };
}

export function segmentTable(kind: MetricReport['kind'], { attribute, values }: SegmentReport): ChartTable {
  const { factor } = differenceScale(kind);
  const unit = differenceUnit(kind);
  const critical = togetherZ(values.length);
  return {
    columns: [
      attribute,
      'Units',
      `Difference, ${unit}`,
      `From, ${unit}`,
      `To, ${unit}`,
      `From, corrected, ${unit}`,
      `To, corrected, ${unit}`,
      `Drawn towards the common effect, ${unit}`,
    ],
    rows: values.map(({ value, units, estimate, standardError, shrunken }) => [
      value ?? 'all other',
      units,
      estimate * factor,
      (estimate - z95 * standardError) * factor,
      (estimate + z95 * standardError) * factor,
      (estimate - critical * standardError) * factor,
      (estimate + critical * standardError) * factor,
      shrunken * factor,
    ]),
  };
}

export const estimateTable = (rows: readonly EstimateRow[], label: string): ChartTable => ({
  columns: ['Name', label, 'Lower limit, same unit', 'Upper limit, same unit', 'In words'],
  rows: rows.map(({ name, estimate, interval, text }) => [
    name,
    estimate,
    interval?.lower ?? null,
    interval?.upper ?? null,
    text,
  ]),
});

export const linesTable = (points: readonly TimePoint[], label: string): ChartTable => ({
  columns: ['Time', 'Line', label],
  rows: points.map(({ at, name, value }) => [at.toISOString(), name, value]),
});

export const scoresTable = (bins: readonly ScoreBin[]): ChartTable => ({
  columns: ['Model', 'Score from', 'Score to', 'Share of decisions, %'],
  rows: bins.map(({ model, from, to, share }) => [model, from, to, share * 100]),
});

export const curveTable = (points: readonly { x: number; y: number }[], x: string, y: string): ChartTable => ({
  columns: [x, y],
  rows: points.map((point) => [point.x, point.y]),
});
