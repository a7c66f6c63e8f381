import * as Plot from '@observablehq/plot';
import { axisTick, plainTick } from './axis-tick.ts';
import type { EstimateRow } from './estimate-rows.ts';

type Options = {
  rows: EstimateRow[];
  domain: [number, number];
  reference: number | null;
  label: string;
  width: number;
};

const narrowBelow = 640;
const axisHeight = 46;
const rowHeight = (width: number) => (width < narrowBelow ? 48 : 36);

export const estimatesHeight = (rows: number, width: number): number => rows * rowHeight(width) + axisHeight;

/** A line an estimate on one axis: the bar is its interval, the dot the estimate itself. */
export function drawEstimates({ rows, domain, reference, label, width }: Options): Element {
  const narrow = width < narrowBelow;
  const [low, high] = domain;
  const height = rowHeight(width);
  const sides = narrow ? { left: 8, right: 8 } : { left: 190, right: 210 };
  const centre = (place: number) => place * height + (narrow ? height - 14 : height / 2);
  const placed = rows.map((row, place) => ({
    ...row,
    y: centre(place),
    words: place * height + (narrow ? 11 : height / 2),
    from: clamp(row.interval?.lower ?? row.estimate, low, high),
    to: clamp(row.interval?.upper ?? row.estimate, low, high),
  }));
  const bars = placed.filter(({ interval }) => interval !== null);
  const ticks = narrow ? 4 : 6;
  return Plot.plot({
    width,
    height: estimatesHeight(rows.length, width),
    marginTop: 0,
    marginBottom: axisHeight,
    marginLeft: sides.left,
    marginRight: sides.right,
    style: {
      fontFamily: 'inherit',
      fontSize: '12.5px',
      background: 'none',
      color: 'var(--muted)',
      overflow: 'visible',
    },
    x: { domain, label: null },
    y: { type: 'linear', domain: [rows.length * height, 0], range: [rows.length * height, 0], axis: null },
    marks: [
      Plot.gridX({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisX({
        ticks,
        tickSize: 0,
        tickFormat: reference === 0 ? axisTick : plainTick,
        fontSize: 12.5,
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 40,
      }),
      ...(reference === null ? [] : [referenceMark(placed, reference, narrow)]),
      Plot.ruleY(bars, { y: 'y', x1: 'from', x2: 'to', stroke: 'colour', strokeOpacity: 0.45, strokeWidth: 8 }),
      Plot.ruleY(bars, { y: 'y', x1: 'from', x2: 'to', stroke: 'colour', strokeWidth: 1.5 }),
      Plot.dot(placed, { x: 'estimate', y: 'y', r: 4.5, fill: 'colour', stroke: 'var(--card)', strokeWidth: 1.5 }),
      Plot.text(placed, {
        y: 'words',
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -sides.left,
        text: ({ name }: EstimateRow) => shortened(name, narrow ? 24 : 26),
        fill: 'var(--ink)',
      }),
      Plot.text(placed, {
        y: 'words',
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: sides.right,
        text: 'text',
        fontVariant: 'tabular-nums',
        fill: 'var(--ink)',
      }),
    ],
  });
}

/** On narrow pages names stand over the bars, and the line must not run through them. */
function referenceMark(placed: { y: number }[], x: number, narrow: boolean) {
  const style = { stroke: 'var(--ink)', strokeWidth: 1.5 };
  if (!narrow) return Plot.ruleX([x], style);
  return Plot.ruleX(placed, { ...style, x: () => x, y1: ({ y }) => y - 11, y2: ({ y }) => y + 11 });
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const shortened = (text: string, room: number) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
