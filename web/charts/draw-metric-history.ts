import * as Plot from '@observablehq/plot';
import { counted, dateOnly } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import type { HistoryRow } from './metric-history-rows.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';
import { timeTicks } from './time-ticks.ts';

export const metricHistoryHeight = 250;

type Options = { rows: HistoryRow[]; label: string; width: number };

/** A bar a phase: as long as it ran, as high as its interval, with the value as a line in it. */
export function drawMetricHistory({ rows, label, width }: Options): Element {
  const [low, high] = [Math.min(...rows.map(({ lower }) => lower)), Math.max(...rows.map(({ upper }) => upper))];
  const room = (high - low) * 0.15 || Math.abs(high) * 0.1 || 1;
  const first = Math.min(...rows.map(({ from }) => from.getTime()));
  const last = Math.max(...rows.map(({ to }) => to.getTime()));
  // A phase of an hour in a history of months is still to be seen.
  const least = (last - first) * 0.012;
  const wide = rows.map((row) => ({ ...row, to: new Date(Math.max(row.to.getTime(), row.from.getTime() + least)) }));
  const { ticks, format } = timeTicks([new Date(first), new Date(last)], width);
  return Plot.plot({
    width,
    height: metricHistoryHeight,
    marginTop: 30,
    marginLeft: 56,
    marginRight: 26,
    marginBottom: 34,
    style: plotStyle,
    x: { type: 'time', label: null },
    y: { domain: [low < 0 ? low - room : Math.max(0, low - room), high + room], label: null, nice: 5 },
    marks: [
      gridAcross(5),
      sideAxis({ label, ticks: 5, tickFormat: plainTick }),
      bottomAxis<Date>({ label: '', ticks, tickFormat: format }),
      Plot.rect(wide, {
        x1: 'from',
        x2: 'to',
        y1: 'lower',
        y2: 'upper',
        fill: 'var(--variant-control)',
        fillOpacity: 0.28,
        rx: 2,
      }),
      Plot.ruleY(wide, { x1: 'from', x2: 'to', y: 'value', stroke: 'var(--variant-control)', strokeWidth: 2.5 }),
      Plot.tip(
        wide,
        Plot.pointerX({
          ...tipStyle,
          x: (row: HistoryRow) => new Date((row.from.getTime() + row.to.getTime()) / 2),
          y: 'value',
          title: (row: HistoryRow) =>
            `${row.name}\n${row.text}, ${counted(row.units, 'unit')}\nfrom ${dateOnly(row.from.toISOString())}`,
        }),
      ),
    ],
  });
}
