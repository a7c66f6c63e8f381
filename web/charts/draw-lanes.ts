import * as Plot from '@observablehq/plot';
import { plain, weightPercent } from '../format.ts';
import { plainTick } from './axis-tick.ts';

/** A stretch of a lane: who gets the units whose draw falls into it. */
export type LanePart = { lane: string; name: string; from: number; to: number; colour: string; taken: boolean };
export type Lane = { name: string; draw: number; counts: boolean; parts: LanePart[] };

export const lanesHeight = (lanes: number): number => Math.round(50 + 78 * (lanes + 0.12));

/** Bars from 0 to 1 with the unit's draw marked on each; a lane that does not count is faint. */
export function drawLanes({ lanes, width }: { lanes: readonly Lane[]; width: number }): Element {
  const parts = lanes.flatMap((lane) => lane.parts);
  const opacity = ({ lane }: LanePart) => (lanes.find(({ name }) => name === lane)?.counts === false ? 0.35 : 1);
  const room = width - 84;
  const isWide = ({ name, from, to }: LanePart) => (to - from) * room > 7 * (name.length + 7);
  return Plot.plot({
    width,
    height: lanesHeight(lanes.length),
    marginTop: 8,
    marginLeft: 64,
    marginRight: 20,
    marginBottom: 42,
    style: {
      fontFamily: 'inherit',
      fontSize: '12.5px',
      background: 'none',
      color: 'var(--muted)',
      overflow: 'visible',
    },
    x: { domain: [0, 1], label: null },
    y: { domain: lanes.map(({ name }) => name), label: null, paddingInner: 0.72, paddingOuter: 0.42 },
    marks: [
      Plot.axisY({ tickSize: 0, fontSize: 12.5, tickPadding: 10 }),
      Plot.axisX({
        tickSize: 0,
        fontSize: 12.5,
        ticks: 5,
        tickFormat: plainTick,
        label: 'Draw, from 0 to 1',
        labelArrow: 'none',
        labelAnchor: 'center',
        labelOffset: 38,
      }),
      Plot.barX(lanes, { y: 'name', x1: 0, x2: 1, fill: 'var(--line-soft)' }),
      Plot.barX(parts, {
        y: 'lane',
        x1: 'from',
        x2: 'to',
        fill: 'colour',
        fillOpacity: opacity,
        insetLeft: 0.75,
        insetRight: 0.75,
        title: ({ name, from, to }: LanePart) => `${name}\n${weightPercent(to - from)} of draws`,
      }),
      ...[true, false].map((taken) =>
        Plot.text(
          parts.filter((part) => isWide(part) && part.taken === taken),
          {
            y: 'lane',
            x: ({ from, to }: LanePart) => (from + to) / 2,
            text: ({ name, from, to }: LanePart) => `${name} ${weightPercent(to - from)}`,
            dy: 25,
            fill: taken ? 'var(--ink)' : 'var(--muted)',
            fontWeight: taken ? 650 : 400,
          },
        ),
      ),
      Plot.tickX(lanes, { y: 'name', x: 'draw', stroke: 'var(--card)', strokeWidth: 6, insetTop: -4, insetBottom: -4 }),
      Plot.tickX(lanes, {
        y: 'name',
        x: 'draw',
        stroke: 'var(--ink)',
        strokeWidth: 2.5,
        insetTop: -4,
        insetBottom: -4,
      }),
      Plot.text(lanes, {
        y: 'name',
        x: 'draw',
        text: ({ draw }: Lane) => plain(draw, 4),
        dy: -27,
        fill: 'var(--ink)',
        fontWeight: 650,
      }),
    ],
  });
}
