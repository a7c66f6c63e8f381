import * as Plot from '@observablehq/plot';
import { percentOf, weightPercent } from '../format.ts';
import { axisTick } from './axis-tick.ts';
import type { DifferenceBin } from './pair-marks.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';

export const differencesHeight = 300;

type Options = {
  bins: DifferenceBin[];
  limits: { lower: number; upper: number } | null;
  colour: string;
  width: number;
};

/** How far the candidate is from the champion, decision by decision; zero is in the middle. */
export function drawDifferences({ bins, limits, colour, width }: Options): Element {
  const most = Math.max(...bins.map(({ share }) => share), 0.01);
  const [first, last] = [bins[0]?.from ?? -1, bins.at(-1)?.to ?? 1];
  const ends = limits ? [limits.lower, limits.upper].filter((end) => end > first && end < last) : [];
  return Plot.plot({
    width,
    height: differencesHeight,
    marginTop: 30,
    marginLeft: 52,
    marginRight: 20,
    marginBottom: 46,
    style: plotStyle,
    x: { domain: [first, last], label: null },
    y: { domain: [0, most], nice: 4, label: null },
    marks: [
      gridAcross(4),
      sideAxis<number>({ label: 'Share of decisions', ticks: 4, tickFormat: weightPercent }),
      bottomAxis<number>({ label: 'Candidate minus champion', ticks: width < 500 ? 4 : 7, tickFormat: axisTick }),
      Plot.rectY(bins, { x1: 'from', x2: 'to', y: 'share', fill: colour, fillOpacity: 0.7, inset: 0.5 }),
      Plot.ruleX(ends, { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
      Plot.ruleX([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      Plot.tip(
        bins,
        Plot.pointerX({
          ...{ x: ({ from, to }: DifferenceBin) => (from + to) / 2, y: 'share', ...tipStyle },
          title: ({ from, to, share }: DifferenceBin) =>
            `${percentOf(share)} of decisions\n${axisTick(Number(from.toPrecision(2)))} to ${axisTick(Number(to.toPrecision(2)))}`,
        }),
      ),
    ],
  });
}
