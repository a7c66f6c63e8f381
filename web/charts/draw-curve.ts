import * as Plot from '@observablehq/plot';
import { anyNumber, count } from '../format.ts';

type Point = { x: number; y: number };
type Options = { points: Point[]; mark: Point; x: string; y: string; logarithmic: boolean; width: number };

export const curveHeight = 240;

/** A line, its planned point with guides to both axes, and the numbers where the pointer is. */
export function drawCurve({ points, mark, x, y, logarithmic, width }: Options): Element {
  const style = { tickSize: 0, fontSize: 12, labelArrow: 'none' } as const;
  return Plot.plot({
    width,
    height: curveHeight,
    marginTop: 30,
    marginLeft: 44,
    marginRight: 22,
    marginBottom: 44,
    style: { fontFamily: 'inherit', fontSize: '12px', background: 'none', color: 'var(--muted)', overflow: 'visible' },
    x: { type: logarithmic ? 'log' : 'linear', label: null },
    y: { domain: [0, Math.max(...points.map((point) => point.y), mark.y)], nice: true, label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ...style, ticks: 5, label: y, labelAnchor: 'top', labelOffset: 0, tickFormat: anyNumber }),
      Plot.axisX({
        ...style,
        ticks: logarithmic ? roundTicks(points) : 5,
        label: x,
        labelAnchor: 'center',
        labelOffset: 40,
        tickFormat: shortNumber,
      }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      Plot.line(points, { x: 'x', y: 'y', stroke: 'var(--variant-1)', strokeWidth: 2 }),
      Plot.ruleX([mark], { x: 'x', y1: 0, y2: 'y', stroke: 'var(--muted)', strokeDasharray: '3 3' }),
      Plot.dot([mark], { x: 'x', y: 'y', r: 5, fill: 'var(--variant-1)', stroke: 'var(--card)', strokeWidth: 1.5 }),
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

/** 1, 2 and 5 times powers of ten within the range: few enough to stand beside each other. */
function roundTicks(points: Point[]): number[] {
  const [low, high] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const tick = digit * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** "200 k", "1.5 M": ticks have little room. */
function shortNumber(value: number): string {
  if (value >= 1e6) return `${anyNumber(value / 1e6)}\u202fM`;
  return value >= 1e4 ? `${anyNumber(value / 1e3)}\u202fk` : value >= 1 ? count(value) : anyNumber(value);
}
