import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import type { LookMark } from './look-series.ts';

type Options = {
  marks: LookMark[];
  domain: [number, number];
  /** Looks of the plan; slots of those still to come stay empty. */
  planned: number | null;
  variants: string[];
  colours: Map<string, string>;
  label: string;
  width: number;
};

export const looksHeight = 260;

/** The interval of each look, side by side where there are several challengers; zero is the line to clear. */
export function drawLooks({ marks, domain, planned, variants, colours, label, width }: Options): Element {
  const last = Math.max(planned ?? 0, ...marks.map(({ number }) => number));
  const slot = Math.min(0.6, 0.16 * variants.length);
  const x = ({ number, variant }: LookMark) =>
    number + (variants.length < 2 ? 0 : (variants.indexOf(variant) / (variants.length - 1) - 0.5) * slot);
  const colour = ({ variant }: LookMark) => colours.get(variant) ?? 'var(--live)';
  const wide = Math.max(2.5, Math.min(8, width / (last * variants.length * 5)));
  return Plot.plot({
    width,
    height: looksHeight,
    marginTop: 30,
    marginLeft: 56,
    marginRight: 14,
    marginBottom: 44,
    style: {
      fontFamily: 'inherit',
      fontSize: '12.5px',
      background: 'none',
      color: 'var(--muted)',
      overflow: 'visible',
    },
    x: { domain: [0.5, last + 0.5], label: null },
    y: { domain, label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({
        ticks: 5,
        tickSize: 0,
        fontSize: 12.5,
        tickFormat: axisTick,
        label,
        labelAnchor: 'top',
        labelOffset: 0,
        labelArrow: 'none',
      }),
      Plot.axisX({
        ticks: lookTicks(last),
        tickSize: 0,
        fontSize: 12.5,
        tickFormat: (value: number) => String(value),
        label: planned === null ? 'Look' : `Look (${planned} planned)`,
        labelAnchor: 'center',
        labelOffset: 40,
        labelArrow: 'none',
      }),
      Plot.ruleX(marks, { x, y1: 'from', y2: 'to', stroke: colour, strokeOpacity: 0.45, strokeWidth: wide }),
      Plot.ruleY([0], { stroke: 'var(--ink)', strokeWidth: 1.5 }),
      Plot.dot(
        marks.filter(({ estimate }) => estimate !== null && estimate >= domain[0] && estimate <= domain[1]),
        { x, y: 'estimate', r: 4.5, fill: colour, stroke: 'var(--card)', strokeWidth: 1.25 },
      ),
      Plot.tip(
        marks,
        Plot.pointerX({ x, y: 'to', fill: 'var(--card)', stroke: 'var(--line)', title: 'sentence', lineWidth: 30 }),
      ),
    ],
  });
}

/** Every look while they have room, then round steps. */
function lookTicks(last: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((size) => last / size <= 16) ?? 500;
  const ticks = Array.from({ length: Math.floor(last / step) }, (_, place) => (place + 1) * step);
  return step === 1 ? ticks : [1, ...ticks];
}
