import * as Plot from '@observablehq/plot';
import { anyNumber } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import { pairDomain, type ScorePair } from './pair-marks.ts';
import { bottomAxis, gridAcross, gridDown, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';

/** As high as it is wide, within reason: both axes are the same. */
export const pairsHeight = (width: number): number => Math.min(380, Math.max(260, width * 0.8));

/** A dot a decision; on the diagonal both models say the same. */
export function drawPairs({ pairs, colour, width }: { pairs: ScorePair[]; colour: string; width: number }): Element {
  const domain = pairDomain(pairs);
  const height = pairsHeight(width);
  const side = Math.min(width - 76, height - 76);
  const short = (value: number) => anyNumber(Number(value.toPrecision(3)));
  return Plot.plot({
    width,
    height,
    marginTop: 30,
    marginLeft: 56,
    marginRight: width - 56 - side,
    marginBottom: height - 30 - side,
    style: plotStyle,
    x: { domain, label: null },
    y: { domain, label: null },
    marks: [
      gridAcross(5),
      gridDown(5),
      sideAxis<number>({ label: 'Score of the candidate', ticks: 5, tickFormat: plainTick }),
      bottomAxis<number>({ label: 'Score of the champion', ticks: 5, tickFormat: plainTick }),
      Plot.line([domain[0], domain[1]], {
        x: (value: number) => value,
        y: (value: number) => value,
        stroke: 'var(--muted)',
        strokeWidth: 1.5,
      }),
      Plot.dot(pairs, { x: 'champion', y: 'candidate', r: 3, fill: colour, fillOpacity: 0.45 }),
      Plot.tip(
        pairs,
        Plot.pointer({
          ...{ x: 'champion', y: 'candidate', ...tipStyle },
          title: (pair: ScorePair) => `champion ${short(pair.champion)}\ncandidate ${short(pair.candidate)}`,
        }),
      ),
    ],
  });
}
