import * as Plot from '@observablehq/plot';
import { anyNumber, percentOf, weightPercent } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import { variantLines } from './plot-basics.ts';
import type { ScoreBin } from './score-bins.ts';

export const scoresHeight = 230;

type Options = { bins: ScoreBin[]; colours: Map<string, string>; width: number };

/** Two outlines over each other, so that neither model hides the other. */
export function drawScores({ bins, colours, width }: Options): Element {
  const corners = bins.flatMap(({ from, to, model, share }) => [
    { score: from, model, share },
    { score: to, model, share },
  ]);
  const colour = ({ model }: { model: string }) => colours.get(model) ?? 'var(--live)';
  const most = Math.max(...bins.map(({ share }) => share), 0.01);
  const short = (value: number) => anyNumber(Number(value.toPrecision(3)));
  return Plot.plot({
    width,
    height: scoresHeight,
    marginTop: 30,
    marginLeft: 52,
    marginRight: 20,
    marginBottom: 46,
    style: {
      fontFamily: 'inherit',
      fontSize: '12.5px',
      background: 'none',
      color: 'var(--muted)',
      overflow: 'visible',
    },
    x: { label: null },
    y: { domain: [0, most], nice: 4, label: null },
    marks: [
      Plot.gridY({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({
        tickSize: 0,
        fontSize: 12.5,
        ticks: 4,
        tickFormat: weightPercent,
        label: 'Share of decisions',
        labelArrow: 'none',
        labelAnchor: 'top',
        labelOffset: 0,
      }),
      Plot.axisX({
        tickSize: 0,
        fontSize: 12.5,
        ticks: width < 500 ? 4 : 8,
        tickFormat: plainTick,
        label: 'Score',
        labelArrow: 'none',
        labelAnchor: 'center',
        labelOffset: 40,
      }),
      Plot.areaY(corners, { x: 'score', y1: 0, y2: 'share', z: 'model', fill: colour, fillOpacity: 0.18 }),
      ...variantLines(corners, ({ model }) => model, colour, { x: 'score', y: 'share', strokeWidth: 1.75 }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      Plot.tip(
        bins,
        Plot.pointer({
          x: ({ from, to }: ScoreBin) => (from + to) / 2,
          y: 'share',
          fill: 'var(--card)',
          stroke: 'var(--line)',
          title: ({ from, to, model, share }: ScoreBin) =>
            `${model}\n${percentOf(share)} of decisions\nscore ${short(from)} to ${short(to)}`,
        }),
      ),
    ],
  });
}
