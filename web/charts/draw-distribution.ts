import * as Plot from '@observablehq/plot';
import { anyNumber, percentOf } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import type { DistributionSeries, ShareStep } from './distribution-series.ts';
import { bottomAxis, gridAcross, plotStyle, sideAxis, tipStyle } from './plot-basics.ts';

type Options = DistributionSeries & { colours: Map<string, string>; label: string; width: number };

export const distributionHeight = 250;

/** One outline a variant, laid over each other. */
export function drawDistribution({ steps, ticks, colours, label, width }: Options): Element {
  const colour = ({ variant }: { variant: string }) => colours.get(variant) ?? 'var(--live)';
  const corners = steps.flatMap(({ variant, from, to, share }) => [
    { variant, place: from, share },
    { variant, place: to, share },
  ]);
  const room = Math.max(3, Math.floor(width / 60));
  const kept = ticks.filter((_, index) => index % Math.ceil(ticks.length / room) === 0);
  const value = new Map(kept.map((tick) => [tick.place, tick.value]));
  const outline = { x: 'place', y: 'share', z: 'variant' } as const;
  return Plot.plot({
    width,
    height: distributionHeight,
    marginTop: 30,
    marginLeft: 44,
    marginRight: 14,
    marginBottom: 46,
    style: plotStyle,
    x: { label: null },
    y: { domain: [0, Math.max(1, ...steps.map(({ share }) => share))], nice: 4, label: null },
    marks: [
      gridAcross(4),
      sideAxis({ ticks: 4, tickFormat: plainTick, label: 'Share of the variant, %' }),
      bottomAxis({ ticks: [...value.keys()], tickFormat: (place: number) => anyNumber(value.get(place) ?? 0), label }),
      Plot.areaY(corners, { x: 'place', y1: 0, y2: 'share', z: 'variant', fill: colour, fillOpacity: 0.14 }),
      Plot.line(corners, { ...outline, stroke: colour, strokeWidth: 1.75 }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
      Plot.tip(
        steps,
        Plot.pointerX({
          x: ({ from, to }: ShareStep) => (from + to) / 2,
          y: 'share',
          ...tipStyle,
          title: ({ variant, lower, upper, share }: ShareStep) =>
            `${variant}\n${anyNumber(lower)} to ${anyNumber(upper)}\n${percentOf(share / 100)}`,
        }),
      ),
    ],
  });
}
