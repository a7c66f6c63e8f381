import * as Plot from '@observablehq/plot';
import { dateTime } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import { type Gap, gapMarks } from './pause-marks.ts';
import { gridAcross, plotStyle, sideAxis, tipStyle, variantLines } from './plot-basics.ts';
import type { TimePoint } from './time-series.ts';
import { timeTicks } from './time-ticks.ts';

export type TimeLines = {
  points: TimePoint[];
  colours: Map<string, string>;
  label: string;
  /** Ends of the axis; it holds all points and zero without them. */
  domain?: [number, number];
  /** A value holds until the next one, as weights do. */
  stepped?: boolean;
  format?: (value: number) => string;
  /** Pauses, shaded. */
  gaps?: readonly Gap[];
  /** How far a point may be from the truth. */
  band?: readonly BandPoint[];
  /** Marks each point: where they are few, and each stands for much. */
  dots?: boolean;
};

export type BandPoint = { at: Date; name: string; lower: number; upper: number };

export const timeLinesHeight = 230;

/** Lines over time, one a variant. */
export function drawTimeLines(options: TimeLines & { width: number }): Element {
  const {
    points,
    colours,
    label,
    domain,
    stepped = false,
    format = plainTick,
    gaps = [],
    band = [],
    dots,
    width,
  } = options;
  const colour = ({ name }: { name: string }) => colours.get(name) ?? 'var(--variant-1)';
  const values = [...points.map(({ value }) => value), ...band.flatMap(({ lower, upper }) => [lower, upper])];
  const ends = domain ?? [Math.min(0, ...values), Math.max(0, ...values) || 1];
  const left = 18 + 8 * Math.max(...ends.map((value) => format(value).length), 3);
  const times = [...new Set(points.map(({ at }) => at.getTime()))].sort((a, b) => a - b);
  const span = [new Date(times[0] ?? 0), new Date(times.at(-1) ?? 1)] as const;
  const { ticks, format: asTime } = timeTicks(span, width);
  return Plot.plot({
    width,
    height: timeLinesHeight,
    marginTop: 30,
    marginLeft: left,
    marginRight: 26,
    marginBottom: 34,
    style: plotStyle,
    x: { type: 'time', domain: span, label: null },
    y: { domain: ends, label: null, ...(domain ? {} : { nice: 5 }) },
    marks: [
      gridAcross(5),
      ...gapMarks(gaps, 'paused', span, width - left - 26),
      sideAxis({ label, ticks: 5, tickFormat: format }),
      Plot.axisX({
        tickSize: 0,
        fontSize: 12.5,
        ticks: times.length <= ticks ? times.map((time) => new Date(time)) : ticks,
        tickFormat: asTime,
      }),
      Plot.areaY(band, { x: 'at', y1: 'lower', y2: 'upper', z: 'name', fill: colour, fillOpacity: 0.16 }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      ...variantLines(points, ({ name }) => name, colour, {
        x: 'at',
        y: 'value',
        strokeWidth: 2,
        ...(stepped ? { curve: 'step-after' as const } : { strokeLinejoin: 'round' as const }),
      }),
      ...(dots ? [Plot.dot(points, { x: 'at', y: 'value', r: 2.5, fill: colour })] : []),
      Plot.tip(
        points,
        Plot.pointer({
          x: 'at',
          y: 'value',
          ...tipStyle,
          title: ({ at, name, value }: TimePoint) => `${name}\n${format(value)}\n${dateTime(at.toISOString())}`,
        }),
      ),
    ],
  });
}
