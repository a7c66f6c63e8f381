import * as Plot from '@observablehq/plot';
import { plain, THIN } from '../format.ts';
import { bottomAxis, plotStyle } from './plot-basics.ts';
import type { TallyPiece } from './tally-rows.ts';

const row = 62;
const foot = 44;

export const tallyHeight = (rows: number): number => rows * row + foot;

/** A bar of three parts a row; half of it is the line to look at. */
export function drawTally({ pieces, width }: { pieces: TallyPiece[]; width: number }): Element {
  const rows = [...new Set(pieces.map((piece) => piece.row))];
  const inner = width - 12;
  const wide = pieces.filter(({ from, to, text }) => ((to - from) / 100) * inner > 7.2 * text.length);
  return Plot.plot({
    width,
    height: tallyHeight(rows.length),
    marginTop: 0,
    marginLeft: 2,
    marginRight: 10,
    marginBottom: foot,
    style: plotStyle,
    x: { domain: [0, 100], label: null },
    y: { domain: rows, axis: null, padding: 0 },
    marks: [
      bottomAxis<number>({ label: 'Share, %', ticks: 5, tickFormat: (value) => `${plain(value, 0)}${THIN}%` }),
      Plot.barX(pieces, {
        x1: 'from',
        x2: 'to',
        y: 'row',
        fill: 'colour',
        stroke: 'var(--card)',
        insetTop: 20,
        insetBottom: 24,
        title: ({ what, text }: TallyPiece) => `${what}: ${text}`,
      }),
      Plot.ruleX([50], { stroke: 'var(--ink)', strokeDasharray: '3 3' }),
      Plot.text(rows, {
        x: 0,
        y: (name: string) => name,
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -row / 2 + 10,
        text: (name: string) => name,
        fill: 'var(--ink)',
      }),
      Plot.text(wide, {
        x: ({ from, to }: TallyPiece) => (from + to) / 2,
        y: 'row',
        dy: row / 2 - 13,
        text: 'text',
        fill: 'var(--ink)',
        fontVariant: 'tabular-nums',
      }),
    ],
  });
}
