import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import type { SegmentRow } from './segment-rows.ts';

type Options = { rows: SegmentRow[]; domain: [number, number]; colour: string; label: string; width: number };

const narrowBelow = 560;
const rowHeight = (width: number) => (width < narrowBelow ? 46 : 30);
const axisHeight = 46;

export const segmentsHeight = (rows: readonly SegmentRow[], width: number): number =>
  rows.length * rowHeight(width) + axisHeight;

/** A line a value of the attribute: bar and ring for what was seen, a dot for what is left after shrinking. */
export function drawSegments({ rows, domain, colour, label, width }: Options): Element {
  const narrow = width < narrowBelow;
  const [low, high] = domain;
  const height = rowHeight(width);
  const y = (row: SegmentRow) => rows.indexOf(row) * height + (narrow ? height - 13 : height / 2);
  const words = (row: SegmentRow) => rows.indexOf(row) * height + (narrow ? 11 : height / 2);
  const side = narrow ? 8 : 190;
  const clipped = rows.map((row) => ({ ...row, y: y(row), from: Math.max(low, row.from), to: Math.min(high, row.to) }));
  const text = { y: words, fontSize: 12.5, clip: false } as const;
  return Plot.plot({
    width,
    height: segmentsHeight(rows, width),
    marginTop: 0,
    marginBottom: axisHeight,
    marginLeft: narrow ? side : 130,
    marginRight: side,
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
      Plot.gridX({ ticks: narrow ? 4 : 6, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisX({
        ticks: narrow ? 4 : 6,
        tickSize: 0,
        tickFormat: axisTick,
        fontSize: 12.5,
        label,
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 40,
      }),
      Plot.ruleX([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      Plot.ruleY(clipped, { y: 'y', x1: 'from', x2: 'to', stroke: colour, strokeOpacity: 0.4, strokeWidth: 7 }),
      Plot.ruleY(rows, {
        y,
        x1: ({ together }: SegmentRow) => Math.max(low, together.from),
        x2: ({ together }: SegmentRow) => Math.min(high, together.to),
        stroke: colour,
        strokeWidth: 1.5,
      }),
      Plot.dot(clipped, { x: 'estimate', y: 'y', r: 4, fill: 'var(--card)', stroke: colour, strokeWidth: 1.75 }),
      Plot.dot(clipped, { x: 'shrunken', y: 'y', r: 3, fill: 'var(--ink)', symbol: 'diamond2' }),
      Plot.text(rows, {
        ...text,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: narrow ? -side : -130,
        text: ({ name }: SegmentRow) => shortened(name, narrow ? 22 : 18),
        fill: 'var(--ink)',
      }),
      Plot.text(rows, {
        ...text,
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: side,
        text: 'text',
        fontVariant: 'tabular-nums',
        fill: 'var(--ink)',
      }),
    ],
  });
}

const shortened = (text: string, room: number) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
