import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import { type Axis, clip, intervalAxis } from './interval-axis.ts';
import { axisHeight, type Layout, type Line, layOut, layoutFor } from './interval-layout.ts';
import { headMarks, ownAxisMarks, roleMarks, wordMarks, wordPatch } from './interval-marks.ts';
import type { IntervalGroup, Scale, Stretch } from './interval-rows.ts';

type Options = {
  groups: IntervalGroup[];
  scale: Scale;
  control: string;
  colours: Map<string, string>;
  width: number;
};
type Bar = Line & ReturnType<typeof clip>;

export function drawIntervals({ groups, scale, control, colours, width }: Options): Element {
  const layout = layoutFor(width);
  const axis = intervalAxis(groups, scale);
  const { domain } = axis;
  const { roles, heads, bands, lines, bottom } = layOut(groups, axis, scale, layout);
  const ticks = Math.max(2, Math.min(9, Math.floor((width - layout.left - layout.right) / layout.ticks)));
  return Plot.plot({
    width,
    height: bottom + axisHeight,
    marginTop: 0,
    marginBottom: axisHeight,
    marginLeft: layout.left,
    marginRight: layout.right,
    style: { fontFamily: 'inherit', fontSize: '13px', background: 'none', color: 'var(--muted)', overflow: 'visible' },
    x: { domain, label: null },
    y: { type: 'linear', domain: [bottom, 0], range: [bottom, 0], axis: null },
    marks: [
      ...(scale === 'relative' ? [Plot.gridX({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 })] : []),
      axisMark(scale, control, ticks),
      Plot.ruleX(bands, { x: 0, y1: 'top', y2: 'bottom', stroke: 'var(--ink)', strokeWidth: 1.5 }),
      ...(scale === 'absolute' ? ownAxisMarks(bands, domain, ticks) : []),
      ...(layout.textUp > 0 ? [wordPatch(lines, layout, domain)] : []),
      ...roleMarks(roles, layout, domain),
      ...headMarks(heads, layout, domain),
      ...marginMarks(bands, domain),
      ...barMarks(lines, layout, axis, colours),
      ...wordMarks(lines, layout, colours),
    ],
  });
}

/** Differences have an axis each, so the common one has only its name. */
const axisMark = (scale: Scale, control: string, ticks: number) =>
  Plot.axisX({
    ticks: scale === 'relative' ? ticks : [],
    tickSize: 0,
    tickFormat: axisTick,
    label:
      scale === 'relative' ? `Lift against ${control}, %` : `Difference from ${control}, in each metric’s own unit`,
    labelAnchor: 'center',
    labelArrow: 'none',
    labelOffset: 44,
    fontSize: 12.5,
  });

/** From here on a variant would be worse by the margin. */
function marginMarks(bands: ReturnType<typeof layOut>['bands'], [low, high]: readonly [number, number]) {
  const place = ({ group, size }: (typeof bands)[number]) => (group.margin ?? 0) / size;
  const shown = bands.filter((band) => band.group.margin !== null && place(band) > low && place(band) < high);
  return [
    Plot.ruleX(shown, {
      x: place,
      y1: 'top',
      y2: 'bottom',
      stroke: 'var(--bad)',
      strokeWidth: 2,
      strokeDasharray: '4 3',
    }),
  ];
}

const decided = ({ row }: Line) => row.status === 'final' || row.status === 'look';
const placed = ({ from, to }: Stretch, size: number): Stretch => ({
  from: from === null ? null : from / size,
  to: to === null ? null : to / size,
});

/** Sets of a look are solid in the variant's colour; live and plain ones hollow and grey, so that nothing looks won. */
function barMarks(lines: Line[], { barDown }: Layout, { domain }: Axis, colours: Map<string, string>) {
  const bars: Bar[] = lines.flatMap((line) =>
    line.row.stretches.map((one) => ({ ...line, ...clip(placed(one, line.size), domain) })),
  );
  const colour = (line: Line) => (decided(line) ? (colours.get(line.row.variant) ?? 'var(--live)') : 'var(--live)');
  const y = (line: Line) => line.y + barDown;
  const shape = { x1: 'from', x2: 'to', y1: y, y2: y, insetTop: -5, insetBottom: -5, rx: 2 };
  return [
    Plot.rect(bars.filter(decided), { ...shape, fill: colour, fillOpacity: 0.4, stroke: colour, strokeWidth: 1 }),
    Plot.rect(
      bars.filter((bar) => !decided(bar)),
      { ...shape, fill: 'none', stroke: colour, strokeDasharray: '3 2.5' },
    ),
    ...arrowMarks(bars, y, colour),
    ...togetherMarks(lines, y, domain, colour),
    ...estimateMarks(lines, y, domain, colour),
  ];
}

type Place = (line: Line) => number;
type Colour = (line: Line) => string;

const arrowMarks = (bars: Bar[], y: Place, fill: Colour) => [
  Plot.dot(
    bars.filter((bar) => bar.openLeft),
    { x: 'from', y, symbol: arrow(-1), r: 7, fill },
  ),
  Plot.dot(
    bars.filter((bar) => bar.openRight),
    { x: 'to', y, symbol: arrow(1), r: 7, fill },
  ),
];

/** A thin line with ends: the interval that holds together with those of its family. */
function togetherMarks(lines: Line[], y: Place, domain: readonly [number, number], stroke: Colour) {
  const bars = lines.flatMap((line) =>
    line.row.simultaneous ? [{ ...line, ...clip(placed(line.row.simultaneous, line.size), domain) }] : [],
  );
  const ends = bars.flatMap((bar) => [
    ...(bar.openLeft ? [] : [{ ...bar, at: bar.from }]),
    ...(bar.openRight ? [] : [{ ...bar, at: bar.to }]),
  ]);
  return [
    Plot.ruleY(bars, { x1: 'from', x2: 'to', y, stroke, strokeWidth: 1.5 }),
    Plot.ruleX(ends, { x: 'at', y1: (end) => y(end) - 7, y2: (end) => y(end) + 7, stroke, strokeWidth: 1.5 }),
  ];
}

/** A full dot is significant after correction; a ring is not, or not yet. */
function estimateMarks(lines: Line[], y: Place, [low, high]: readonly [number, number], colour: Colour) {
  const x = ({ row, size }: Line) => (row.estimate ?? Number.NaN) / size;
  const shown = lines.filter((line) => x(line) >= low && x(line) <= high);
  const full = ({ row }: Line) => row.significant === true;
  return [
    Plot.dot(shown, {
      x,
      y,
      r: 5,
      strokeWidth: 1.9,
      fill: (line: Line) => (full(line) ? colour(line) : 'var(--card)'),
      stroke: colour,
    }),
  ];
}

type Pen = { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void; closePath(): void };

const arrow = (direction: 1 | -1) => ({
  draw(pen: Pen, size: number) {
    const half = Math.sqrt(size) * 0.62;
    pen.moveTo(direction * half * 1.3, 0);
    pen.lineTo(-direction * half * 0.5, -half);
    pen.lineTo(-direction * half * 0.5, half);
    pen.closePath();
  },
});
