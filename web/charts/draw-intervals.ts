import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import { axisHeight, type Head, type Layout, type Line, layOut, layoutFor } from './interval-layout.ts';
import { clip, type IntervalGroup, type IntervalRow, liftDomain } from './interval-rows.ts';

type Options = { groups: IntervalGroup[]; control: string; colours: Map<string, string>; width: number };
type Bar = Line & ReturnType<typeof clip>;

export function drawIntervals({ groups, control, colours, width }: Options): Element {
  const layout = layoutFor(width);
  const { heads, lines, bottom } = layOut(groups, layout);
  const domain = liftDomain(groups);
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
      Plot.gridX({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisX({
        ticks,
        tickSize: 0,
        tickFormat: axisTick,
        label: `Lift against ${control}, %`,
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: 44,
        fontSize: 12.5,
      }),
      Plot.ruleX([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      ...(layout.textUp > 0 ? [wordPatch(lines, layout, domain)] : []),
      ...headMarks(heads, layout, domain),
      ...barMarks(lines, layout, domain, colours),
      ...wordMarks(lines, layout, colours),
    ],
  });
}

/** Names of metrics, on a patch that interrupts the grid. */
function headMarks(heads: Head[], { left, right, headText }: Layout, [low, high]: readonly [number, number]) {
  const narrow = left < 50;
  const y = ({ top }: Head) => top + headText;
  return [
    Plot.rect(heads, { x1: low, x2: high, y1: 'top', y2: 'bottom', fill: 'var(--card)' }),
    Plot.text(heads, {
      frameAnchor: 'left',
      textAnchor: 'start',
      y,
      dx: -left,
      text: ({ group }: Head) => group.metric,
      fill: 'var(--ink)',
      fontWeight: 600,
      lineWidth: narrow ? 25 : 52,
      textOverflow: 'ellipsis',
    }),
    Plot.text(heads, {
      frameAnchor: narrow ? 'left' : 'right',
      textAnchor: narrow ? 'start' : 'end',
      y,
      dx: narrow ? -left : right,
      dy: narrow ? 17 : 0,
      text: ({ group }: Head) => group.note,
      fill: 'var(--muted)',
      fontSize: 12,
    }),
  ];
}

/** On a narrow page words lie over the picture: the grid stops behind them. */
const wordPatch = (lines: Line[], { row }: Layout, [low, high]: readonly [number, number]) =>
  Plot.rect(lines, {
    x1: low,
    x2: high,
    y1: ({ y }: Line) => y - row / 2 - 6,
    y2: ({ y }: Line) => y - 2,
    fill: 'var(--card)',
  });

const decided = ({ row }: Line) => row.status === 'final' || row.status === 'look';

/** Sets of a look are solid in the variant's colour; live ones hollow and grey, so that nothing looks won. */
function barMarks(lines: Line[], { barDown }: Layout, domain: readonly [number, number], colours: Map<string, string>) {
  const bars: Bar[] = lines.flatMap((line) => line.row.stretches.map((one) => ({ ...line, ...clip(one, domain) })));
  const colour = (line: Line) => (decided(line) ? (colours.get(line.row.variant) ?? 'var(--live)') : 'var(--live)');
  const y = (line: Line) => line.y + barDown;
  const shape = { x1: 'from', x2: 'to', y1: y, y2: y, insetTop: -5, insetBottom: -5, rx: 2 };
  return [
    Plot.rect(bars.filter(decided), { ...shape, fill: colour, fillOpacity: 0.4 }),
    Plot.rect(
      bars.filter((bar) => !decided(bar)),
      { ...shape, fill: 'none', stroke: colour, strokeDasharray: '3 2.5' },
    ),
    Plot.dot(
      bars.filter((bar) => bar.openLeft),
      { x: 'from', y, symbol: arrow(-1), r: 7, fill: colour },
    ),
    Plot.dot(
      bars.filter((bar) => bar.openRight),
      { x: 'to', y, symbol: arrow(1), r: 7, fill: colour },
    ),
    Plot.dot(
      lines.filter(({ row }) => inside(row.estimate, domain)),
      {
        x: ({ row }: Line) => row.estimate,
        y,
        r: 5.5,
        strokeWidth: 1.75,
        fill: (line: Line) => (decided(line) ? colour(line) : 'var(--card)'),
        stroke: (line: Line) => (decided(line) ? 'var(--card)' : colour(line)),
      },
    ),
  ];
}

/** The variant before its bar and the numbers behind it. */
function wordMarks(lines: Line[], { left, right, name, numbers, textUp }: Layout, colours: Map<string, string>) {
  const room = (row: IntervalRow) => (textUp > 0 ? Math.max(6, numbers - row.text.length) : name);
  return [
    Plot.dot(lines, {
      frameAnchor: 'left',
      y: 'y',
      dx: 5 - left,
      dy: -textUp,
      r: 4.5,
      fill: ({ row }: Line) => colours.get(row.variant) ?? 'var(--live)',
    }),
    Plot.text(lines, {
      frameAnchor: 'left',
      textAnchor: 'start',
      y: 'y',
      dx: 16 - left,
      dy: -textUp,
      text: ({ row }: Line) => shortened(row.variant, room(row)),
      fill: 'var(--ink)',
    }),
    Plot.text(lines, {
      frameAnchor: 'right',
      textAnchor: 'end',
      y: 'y',
      dx: right,
      dy: -textUp,
      text: ({ row }: Line) => row.text,
      fontVariant: 'tabular-nums',
      fill: (line: Line) => (decided(line) ? 'var(--ink)' : 'var(--muted)'),
    }),
  ];
}

const inside = (value: number | null, [low, high]: readonly [number, number]) =>
  value !== null && value >= low && value <= high;

const shortened = (text: string, room: number) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);

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
