import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import type { LookMark, LookSeries, SoFarMark } from './look-series.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';
import { timeTicks } from './time-ticks.ts';
import { symbolOf } from './variant-marks.ts';

type Options = LookSeries & {
  /** Looks come as units do, and their set holds until the next one: a band. Planned looks stand alone. */
  band: boolean;
  times: [Date, Date];
  plannedEnd: Date | null;
  variants: string[];
  colours: Map<string, string>;
  label: string;
  width: number;
};

export const looksHeight = 290;

/** The interval of each look over time, side by side where there are several challengers; zero is the line to clear. */
export function drawLooks(options: Options): Element {
  const { marks, soFar, domain, band, times, plannedEnd, variants, colours, label, width } = options;
  const colour = ({ variant }: { variant: string }) => colours.get(variant) ?? 'var(--live)';
  const { ticks, format } = timeTicks(times, width);
  return Plot.plot({
    width,
    height: looksHeight,
    marginTop: 30,
    marginLeft: 56,
    marginRight: 18,
    marginBottom: 46,
    style: plotStyle,
    x: { type: 'time', domain: times, label: null },
    y: { domain, label: null },
    marks: [
      gridAcross(5),
      sideAxis({ ticks: 5, tickFormat: axisTick, label }),
      bottomAxis({ ticks, tickFormat: format, label: 'Time' }),
      ...(plannedEnd && plannedEnd <= times[1] ? endMarks(plannedEnd) : []),
      ...(band ? bandMarks(marks, variants, times[1], colour) : barMarks(marks, variants, width, colour)),
      Plot.ruleY([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      ...pointMarks(marks, domain, shiftOf(variants, band ? 0 : 1), colour, width),
      ...soFarMarks(soFar, domain),
      Plot.tip(
        [
          ...marks.map(({ at, to, sentence }) => ({ at, y: to, sentence })),
          ...soFar.map(({ at, estimate, sentence }) => ({ at, y: estimate, sentence })),
        ],
        Plot.pointerX({ x: 'at', y: 'y', ...tipStyle, title: 'sentence', lineWidth: 30 }),
      ),
    ],
  });
}

type Colour = (mark: { variant: string }) => string;

const endMarks = (end: Date) => [
  Plot.ruleX([end], { stroke: 'var(--muted)', strokeDasharray: '3 3' }),
  Plot.text([end], {
    x: (at: Date) => at,
    frameAnchor: 'top',
    textAnchor: 'end',
    dx: -6,
    text: () => 'planned end',
    fontSize: 12,
  }),
];

/** Pixels by which challengers stand apart, which share their looks. */
const shiftOf = (variants: string[], apart: number) => (variant: string) =>
  (variants.indexOf(variant) - (variants.length - 1) / 2) * 12 * apart;

function barMarks(marks: LookMark[], variants: string[], width: number, stroke: Colour) {
  const looks = new Set(marks.map(({ number }) => number)).size;
  const strokeWidth = Math.max(2.5, Math.min(8, width / (looks * variants.length * 6)));
  const shift = shiftOf(variants, 1);
  return variants.flatMap((variant) => {
    const own = marks.filter((mark) => mark.variant === variant);
    const place = { x: 'at', y1: 'from', y2: 'to', dx: shift(variant), stroke } as const;
    return [
      Plot.ruleX(own, { ...place, strokeOpacity: 0.45, strokeWidth }),
      Plot.ruleX(own, { ...place, strokeWidth: 1.25 }),
    ];
  });
}

/** What a look leaves possible holds until the next one, and that of the last until now. */
function bandMarks(marks: LookMark[], variants: string[], end: Date, colour: Colour) {
  const held = variants.flatMap((variant) => {
    const own = marks.filter((mark) => mark.variant === variant);
    const last = own.at(-1);
    return last ? [...own, { ...last, at: end }] : own;
  });
  return [
    Plot.areaY(held, {
      x: 'at',
      y1: 'from',
      y2: 'to',
      z: 'variant',
      fill: colour,
      fillOpacity: 0.2,
      curve: 'step-after',
    }),
    Plot.line(held, { x: 'at', y: 'from', z: 'variant', stroke: colour, strokeWidth: 1, curve: 'step-after' }),
    Plot.line(held, { x: 'at', y: 'to', z: 'variant', stroke: colour, strokeWidth: 1, curve: 'step-after' }),
  ];
}

/** Estimates, and a diamond where the interval left zero for the first time. */
function pointMarks(
  marks: LookMark[],
  [low, high]: [number, number],
  shift: (variant: string) => number,
  fill: Colour,
  width: number,
) {
  const shown = marks.filter(({ estimate }) => estimate !== null && estimate >= low && estimate <= high);
  const r = marks.length > width / 14 ? 2.5 : 4.5;
  return [...new Set(shown.map(({ variant }) => variant))].flatMap((variant) => {
    const own = shown.filter((mark) => mark.variant === variant);
    const place = { x: 'at', y: 'estimate', dx: shift(variant), fill } as const;
    return [
      Plot.dot(
        own.filter(({ concludes }) => !concludes),
        { ...place, r, symbol: (mark: LookMark) => symbolOf(fill(mark)), stroke: 'var(--card)', strokeWidth: 1.25 },
      ),
      Plot.dot(
        own.filter(({ concludes }) => concludes),
        { ...place, r: 7, symbol: 'diamond', stroke: 'var(--ink)', strokeWidth: 1.75 },
      ),
    ];
  });
}

/** Hollow and grey, without an interval: no result. */
function soFarMarks(soFar: SoFarMark[], [low, high]: [number, number]) {
  const shown = soFar.filter(({ estimate }) => estimate >= low && estimate <= high);
  const place = { x: 'at', y: 'estimate' } as const;
  return [
    Plot.dot(shown, {
      ...place,
      r: 5,
      fill: 'var(--card)',
      stroke: 'var(--live)',
      strokeDasharray: '2 2',
      strokeWidth: 1.75,
    }),
    Plot.text(shown, {
      ...place,
      dx: -9,
      textAnchor: 'end',
      text: ({ variant }: SoFarMark) => `${variant} so far`,
      fontSize: 12,
    }),
  ];
}
