import * as Plot from '@observablehq/plot';
import { clock, dateTime, plain, THIN, weightPercent } from '../format.ts';
import { gapMarks } from './pause-marks.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';
import type { RampSeries, RampStretch } from './ramp-series.ts';
import { timeTicks } from './time-ticks.ts';

export const rampHeight = 240;

type Options = { series: RampSeries; colour: string; width: number };

const percentOf = ({ share }: RampStretch) => share * 100;
const asPercent = (value: number) => `${plain(value, 0)}${THIN}%`;

/** A staircase over time: solid what was, dashed what comes next. */
export function drawRamp({ series, colour, width }: Options): Element {
  const { past, next, paused, held, rolledBack, known, nextCheck, span } = series;
  const { ticks, format } = timeTicks(span, width);
  const inner = width - 70;
  return Plot.plot({
    width,
    height: rampHeight,
    marginTop: 30,
    marginLeft: 50,
    marginRight: 20,
    marginBottom: 30,
    style: plotStyle,
    x: { type: 'time', domain: span, label: null },
    y: { domain: [0, 100], label: null },
    marks: [
      gridAcross(5),
      sideAxis({ label: 'Units that get the candidate, %', ticks: 5, tickFormat: asPercent }),
      bottomAxis({ label: '', ticks, tickFormat: format }),
      ...gapMarks(paused, 'paused', span, inner),
      ...gapMarks(held, 'held', span, inner),
      Plot.rectY(past, { x1: 'from', x2: 'to', y: percentOf, fill: colour, fillOpacity: 0.22 }),
      Plot.line(cornersOf(past), { x: 'at', y: 'value', stroke: colour, strokeWidth: 2 }),
      Plot.line(cornersOf(next), { x: 'at', y: 'value', stroke: colour, strokeWidth: 1.5, strokeDasharray: '4 4' }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      ...stepNames(past, span, inner),
      ...(next.length > 0
        ? [Plot.ruleX([known], { stroke: 'var(--muted)', strokeWidth: 1 }), ...word(known, 'now', 'end')]
        : []),
      ...(nextCheck && nextCheck <= span[1]
        ? [
            Plot.ruleX([nextCheck], { stroke: 'var(--muted)', strokeDasharray: '2 3' }),
            ...word(nextCheck, `next check ${clock(nextCheck.toISOString())}`, 'end'),
          ]
        : []),
      ...(rolledBack
        ? [
            Plot.ruleX([rolledBack], { stroke: 'var(--bad)', strokeWidth: 2 }),
            ...word(rolledBack, 'rolled back', 'end', 'var(--bad)'),
          ]
        : []),
      Plot.tip([...past, ...next], {
        ...Plot.pointerX({ x: 'from', y: percentOf }),
        ...tipStyle,
        title: titleOf,
      }),
    ],
  });
}

const titleOf = ({ from, share, step }: RampStretch) =>
  `${step === null ? 'everyone gets the champion' : `step ${step}: ${weightPercent(share)}`}\nfrom ${dateTime(from.toISOString())}`;

const cornersOf = (stretches: readonly RampStretch[]) =>
  stretches.flatMap(({ from, to, share }) => [
    { at: from, value: share * 100 },
    { at: to, value: share * 100 },
  ]);

/** The number of a step, on it, where it is wide enough. */
function stepNames(past: readonly RampStretch[], [start, end]: RampSeries['span'], width: number) {
  const wide = past.filter(
    ({ from, to, step }) =>
      step !== null && ((to.getTime() - from.getTime()) / (end.getTime() - start.getTime())) * width > 56,
  );
  return [
    Plot.text(wide, {
      x: ({ from, to }: RampStretch) => new Date((from.getTime() + to.getTime()) / 2),
      y: percentOf,
      dy: -9,
      text: ({ step, share }: RampStretch) => `${step}: ${weightPercent(share)}`,
      fill: 'var(--ink)',
    }),
  ];
}

const word = (at: Date, text: string, textAnchor: 'start' | 'end', fill = 'var(--muted)') => [
  Plot.text([at], {
    x: (x: Date) => x,
    frameAnchor: 'top',
    dy: 4,
    dx: textAnchor === 'end' ? -5 : 5,
    textAnchor,
    text: () => text,
    fill,
    fontSize: 12,
  }),
];
