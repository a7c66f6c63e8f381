import * as Plot from '@observablehq/plot';
import { axisTick, plainTick } from './axis-tick.ts';
import { bottomAxis, gridDown, plotStyle } from './plot-basics.ts';
import { type StepPicture, type StepRow, stepDomain } from './step-rows.ts';

type Options = { picture: StepPicture; worse: 'more' | 'less'; label: string; colour: string; width: number };

const narrowBelow = 640;
const head = 22;
const foot = 46;
const rowHeight = (width: number) => (width < narrowBelow ? 46 : 30);

export const stepsHeight = (rows: number, width: number): number => head + rows * rowHeight(width) + foot;

/** A bar a step on one axis, between the line where both are alike and the limits of the guardrail. */
export function drawSteps({ picture, worse, label, colour, width }: Options): Element {
  const { rows, scale, even, pass, fail } = picture;
  const narrow = width < narrowBelow;
  const height = rowHeight(width);
  const sides = narrow ? { left: 8, right: 8 } : { left: 90, right: 190 };
  const domain = stepDomain(picture);
  const [low, high] = domain;
  const bottom = rows.length * height;
  const placed = rows.map((row, place) => placeRow(row, place, { height, narrow, low, high }));
  const ticks =
    scale === 'log' ? [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].filter((tick) => tick >= low && tick <= high) : narrow ? 4 : 7;
  const from = worse === 'more' ? (fail ?? high) : low;
  const to = worse === 'more' ? high : (fail ?? low);
  return Plot.plot({
    width,
    height: stepsHeight(rows.length, width),
    marginTop: head,
    marginBottom: foot,
    marginLeft: sides.left,
    marginRight: sides.right,
    style: plotStyle,
    x: { type: scale, domain, label: null },
    y: { type: 'linear', domain: [bottom, 0], range: [head + bottom, head], axis: null },
    marks: [
      ...(fail === null
        ? []
        : [Plot.rectX([0], { x1: () => from, x2: () => to, fill: 'var(--bad)', fillOpacity: 0.07 })]),
      gridDown(ticks),
      bottomAxis<number>({
        label,
        ticks,
        tickFormat: scale === 'log' ? (value) => `${plainTick(value)}\u00d7` : axisTick,
      }),
      Plot.ruleX([even], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      ...limitMark(pass, 'margin', even),
      ...(fail === even ? [] : limitMark(fail, 'rolls back', even, 'var(--bad)')),
      Plot.ruleY(
        placed.filter(({ lower }) => lower !== null),
        {
          y: 'y',
          x1: 'from',
          x2: 'to',
          stroke: colour,
          strokeOpacity: ({ whole }: StepRow) => (whole ? 0.7 : 0.4),
          strokeWidth: ({ whole }: StepRow) => (whole ? 9 : 7),
        },
      ),
      Plot.dot(
        placed.filter(({ estimate }) => estimate !== null && estimate >= low && estimate <= high),
        {
          x: 'estimate',
          y: 'y',
          r: 4.5,
          fill: colour,
          stroke: 'var(--card)',
          strokeWidth: 1.5,
        },
      ),
      Plot.text(placed, {
        y: 'words',
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -sides.left,
        text: 'name',
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

type Room = { height: number; narrow: boolean; low: number; high: number };

function placeRow(row: StepRow, place: number, { height, narrow, low, high }: Room) {
  const within = (value: number) => Math.min(high, Math.max(low, value));
  return {
    ...row,
    y: place * height + (narrow ? height - 13 : height / 2),
    words: place * height + (narrow ? 11 : height / 2),
    from: within(row.lower ?? low),
    to: within(row.upper ?? high),
  };
}

function limitMark(at: number | null, name: string, even: number, stroke = 'var(--muted)') {
  if (at === null) return [];
  return [
    Plot.ruleX([at], { stroke, strokeWidth: 1.25, strokeDasharray: '4 3' }),
    Plot.text([at], {
      x: (x: number) => x,
      frameAnchor: 'top',
      dy: -16,
      textAnchor: at < even ? 'end' : 'start',
      text: () => name,
      fill: stroke,
      fontSize: 12,
    }),
  ];
}
