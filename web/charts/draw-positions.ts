import * as Plot from '@observablehq/plot';
import { count, plain, THIN } from '../format.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle, variantLines } from './plot-basics.ts';
import type { PositionPoint } from './position-rows.ts';

export const positionsHeight = 250;

type Options = { points: PositionPoint[]; colours: Map<string, string>; label: string; width: number };

const percent = (value: number) => `${plain(value, value < 10 && value % 1 !== 0 ? 1 : 0)}${THIN}%`;

/** How often items got the outcome, from the top of the list downwards. */
export function drawPositions({ points, colours, label, width }: Options): Element {
  const colour = ({ variant }: PositionPoint) => colours.get(variant) ?? 'var(--live)';
  const deepest = Math.max(...points.map(({ position }) => position));
  const step = Math.ceil(deepest / Math.max(4, Math.floor(width / 60)));
  const ticks = Array.from({ length: Math.ceil(deepest / step) }, (_, place) => 1 + place * step);
  return Plot.plot({
    width,
    height: positionsHeight,
    marginTop: 30,
    marginLeft: 52,
    marginRight: 20,
    marginBottom: 46,
    style: plotStyle,
    x: { domain: [0.7, deepest + 0.3], label: null },
    y: { domain: [0, Math.max(...points.map(({ share }) => share), 1)], nice: 5, label: null },
    marks: [
      gridAcross(5),
      sideAxis<number>({ label, ticks: 5, tickFormat: percent }),
      bottomAxis<number>({ label: 'Position in the list, from the top', ticks, tickFormat: String }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      ...variantLines(points, ({ variant }) => variant, colour, { x: 'position', y: 'share', strokeWidth: 2 }),
      Plot.dot(points, { x: 'position', y: 'share', r: 4, fill: colour, stroke: 'var(--card)', strokeWidth: 1.25 }),
      Plot.tip(
        points,
        Plot.pointer({
          ...{ x: 'position', y: 'share', ...tipStyle },
          title: ({ variant, position, share, shown, withOutcome }: PositionPoint) =>
            `${variant}, position ${position}\n${percent(share)}: ${count(withOutcome)} of ${count(shown)}`,
        }),
      ),
    ],
  });
}
