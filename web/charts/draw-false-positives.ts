import * as Plot from '@observablehq/plot';
import { plain, THIN } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import { bottomAxis, gridDown, plotStyle } from './plot-basics.ts';

/** All in percent. */
export type FalsePositives = { rate: number; expected: number; lower: number; upper: number };

export const falsePositivesHeight = 120;

/** One axis: where a right test lies, what it promises, and what was found. */
export function drawFalsePositives({
  rate,
  expected,
  lower,
  upper,
  width,
}: FalsePositives & { width: number }): Element {
  const most = Math.max(upper * 1.5, rate * 1.25);
  const right = rate > most * 0.7;
  return Plot.plot({
    width,
    height: falsePositivesHeight,
    marginTop: 26,
    marginBottom: 46,
    marginLeft: 8,
    marginRight: 16,
    style: plotStyle,
    x: { domain: [0, most], label: null },
    y: { domain: [0, 1], axis: null },
    marks: [
      gridDown(6),
      bottomAxis({
        label: 'Halves found different, % of re-splits',
        ticks: width < 500 ? 4 : 6,
        tickFormat: plainTick,
      }),
      Plot.rect([{ lower, upper }], { x1: 'lower', x2: 'upper', y1: 0, y2: 1, fill: 'var(--good)', fillOpacity: 0.16 }),
      Plot.ruleX([expected], { stroke: 'var(--good)', strokeWidth: 1.5, strokeDasharray: '4 3' }),
      Plot.text([expected], {
        x: (value: number) => value,
        frameAnchor: 'top',
        dy: -16,
        text: () => 'promised',
        fill: 'var(--muted)',
      }),
      Plot.dot([rate], {
        x: (value: number) => value,
        y: 0.5,
        r: 6,
        fill: 'var(--ink)',
        stroke: 'var(--card)',
        strokeWidth: 1.5,
      }),
      Plot.text([rate], {
        x: (value: number) => value,
        y: 0.5,
        dx: right ? -12 : 12,
        textAnchor: right ? 'end' : 'start',
        text: () => `${plain(rate, 1)}${THIN}%`,
        fill: 'var(--ink)',
        fontWeight: 600,
        stroke: 'var(--card)',
        strokeWidth: 4,
      }),
    ],
  });
}
