import * as Plot from '@observablehq/plot';
import { dateTime, dayOrHour } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import type { TimePoint } from './time-series.ts';

export type TimeLines = {
  points: TimePoint[];
  colours: Map<string, string>;
  label: string;
  /** Ends of the axis; it holds all points and zero without them. */
  domain?: [number, number];
  /** A value holds until the next one, as weights do. */
  stepped?: boolean;
  format?: (value: number) => string;
};

export const timeLinesHeight = 230;

/** Lines over time, one a variant. */
export function drawTimeLines(options: TimeLines & { width: number }): Element {
  const { points, colours, label, domain, stepped = false, format = plainTick, width } = options;
  const colour = ({ name }: TimePoint) => colours.get(name) ?? 'var(--variant-1)';
  const values = points.map(({ value }) => value);
  const ends = domain ?? [Math.min(0, ...values), Math.max(0, ...values) || 1];
  const widest = Math.max(...ends.map((value) => format(value).length), 3);
  const times = [...new Set(points.map(({ at }) => at.getTime()))];
  const seconds = Math.max(...times) - Math.min(...times) < 10 * 60_000;
  const most = width < 500 ? (seconds ? 3 : 4) : 7;
  return Plot.plot({
    width,
    height: timeLinesHeight,
    marginTop: 30,
    marginLeft: 18 + 8 * widest,
    marginRight: 26,
    marginBottom: 34,
    style: {
      fontFamily: 'inherit',
      fontSize: '12.5px',
      background: 'none',
      color: 'var(--muted)',
      overflow: 'visible',
    },
    x: { type: 'time', label: null },
    y: { domain: ends, label: null, ...(domain ? {} : { nice: 5 }) },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({
        tickSize: 0,
        fontSize: 12.5,
        ticks: 5,
        tickFormat: format,
        label,
        labelArrow: 'none',
        labelAnchor: 'top',
        labelOffset: 0,
      }),
      Plot.axisX({
        tickSize: 0,
        fontSize: 12.5,
        ticks: times.length <= most ? times.map((time) => new Date(time)) : most,
        tickFormat: (at: Date) => (seconds ? withSeconds(at) : dayOrHour(at)),
      }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      Plot.line(points, {
        x: 'at',
        y: 'value',
        z: 'name',
        stroke: colour,
        strokeWidth: 2,
        ...(stepped ? { curve: 'step-after' as const } : { strokeLinejoin: 'round' as const }),
      }),
      Plot.tip(
        points,
        Plot.pointer({
          x: 'at',
          y: 'value',
          fill: 'var(--card)',
          stroke: 'var(--line)',
          title: ({ at, name, value }: TimePoint) => `${name}\n${format(value)}\n${dateTime(at.toISOString())}`,
        }),
      ),
    ],
  });
}

const withSeconds = (at: Date): string => new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(at);
