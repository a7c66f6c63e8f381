import * as Plot from '@observablehq/plot';
import { anyNumber, count } from '../format.ts';

type Point = { x: number; y: number };
type Options = { points: Point[]; mark: Point; reading: Point | null; x: string; y: string; width: number };

export const curveHeight = 240;

/** A line, its planned point with guides to both axes, and the numbers where the pointer is. */
export function drawCurve({ points, mark, reading, x, y, width }: Options): Element {
  const style = { tickSize: 0, fontSize: 12, labelArrow: 'none' } as const;
  return Plot.plot({
    width,
    height: curveHeight,
    marginTop: 30,
    marginLeft: 52,
    marginRight: 22,
    marginBottom: 44,
    style: { fontFamily: 'inherit', fontSize: '12px', background: 'none', color: 'var(--muted)', overflow: 'visible' },
    x: { label: null },
    y: { domain: [0, Math.max(...points.map((point) => point.y), mark.y)], nice: true, label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ...style, ticks: 5, label: y, labelAnchor: 'top', labelOffset: 0, tickFormat: shortNumber }),
      Plot.axisX({
        ...style,
        ticks: 5,
        label: x,
        labelAnchor: 'center',
        labelOffset: 40,
        tickFormat: shortNumber,
      }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      Plot.line(points, { x: 'x', y: 'y', stroke: 'var(--variant-1)', strokeWidth: 2 }),
      Plot.ruleX([mark], { x: 'x', y1: 0, y2: 'y', stroke: 'var(--muted)', strokeDasharray: '3 3' }),
      Plot.dot([mark], { x: 'x', y: 'y', r: 5, fill: 'var(--variant-1)', stroke: 'var(--card)', strokeWidth: 1.5 }),
      ...(reading
        ? [
            Plot.ruleX([reading], { x: 'x', y1: 0, y2: 'y', stroke: 'var(--ink)' }),
            Plot.dot([reading], { x: 'x', y: 'y', r: 5, fill: 'var(--card)', stroke: 'var(--ink)', strokeWidth: 2 }),
          ]
        : []),
      Plot.tip(
        points,
        Plot.pointerX({
          x: 'x',
          y: 'y',
          fill: 'var(--card)',
          stroke: 'var(--line)',
          title: (point: Point) =>
            `${x}: ${anyNumber(Number(point.x.toPrecision(3)))}\n${y}: ${anyNumber(Number(point.y.toPrecision(3)))}`,
        }),
      ),
    ],
  });
}

/** "200 k", "1.5 M": ticks have little room. */
function shortNumber(value: number): string {
  if (value >= 1e6) return `${anyNumber(value / 1e6)}\u202fM`;
  return value >= 1e4 ? `${anyNumber(value / 1e3)}\u202fk` : value >= 1 ? count(value) : anyNumber(value);
}
