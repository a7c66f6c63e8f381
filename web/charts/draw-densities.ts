import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import { type Belief, type DensityPoint, densityPoints } from './density-rows.ts';
import { bottomAxis, gridDown, plotStyle } from './plot-basics.ts';

type Options = { beliefs: Belief[]; domain: readonly [number, number]; label: string; width: number };

const narrowBelow = 640;
const foot = 46;
const rowHeight = (width: number) => (width < narrowBelow ? 74 : 56);

export const densitiesHeight = (rows: number, width: number): number => 8 + rows * rowHeight(width) + foot;

/** A curve an arm, one over the other; the control is the line at zero. */
export function drawDensities({ beliefs, domain, label, width }: Options): Element {
  const narrow = width < narrowBelow;
  const height = rowHeight(width);
  const sides = narrow ? { left: 8, right: 8 } : { left: 150, right: 190 };
  const bottom = beliefs.length * height;
  const base = (name: string) => (beliefs.findIndex((one) => one.name === name) + 1) * height - 2;
  const summit = height - (narrow ? 26 : 8);
  const words = ({ name }: Belief) => base(name) - (narrow ? height - 12 : height / 2 - 4);
  const curves = densityPoints(beliefs, domain);
  const top = ({ name, height: up }: DensityPoint) => base(name) - up * summit;
  const floors = beliefs.map(({ name }) => base(name));
  return Plot.plot({
    width,
    height: densitiesHeight(beliefs.length, width),
    marginTop: 8,
    marginBottom: foot,
    marginLeft: sides.left,
    marginRight: sides.right,
    style: plotStyle,
    x: { domain: [...domain], label: null },
    y: { type: 'linear', domain: [bottom, 0], range: [8 + bottom, 8], axis: null },
    marks: [
      gridDown(narrow ? 4 : 7),
      bottomAxis<number>({ label, ticks: narrow ? 4 : 7, tickFormat: axisTick }),
      Plot.ruleY(floors, { stroke: 'var(--line)' }),
      Plot.areaY(curves, {
        x: 'x',
        y1: ({ name }: DensityPoint) => base(name),
        y2: top,
        z: 'name',
        fill: 'colour',
        fillOpacity: 0.28,
      }),
      Plot.line(curves, { x: 'x', y: top, z: 'name', stroke: 'colour', strokeWidth: 2 }),
      // Beside the names on narrow pages, not through them.
      Plot.ruleX(floors, {
        x: () => 0,
        y1: (floor: number) => floor - (narrow ? summit : height),
        y2: (floor: number) => floor + 2,
        stroke: 'var(--variant-control)',
        strokeWidth: 2.5,
      }),
      Plot.dot(
        beliefs.filter(({ control }) => !control),
        {
          x: 'mean',
          y: ({ name }: Belief) => base(name),
          r: 4,
          fill: 'colour',
          stroke: 'var(--card)',
          strokeWidth: 1.5,
        },
      ),
      Plot.text(beliefs, {
        y: words,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -sides.left,
        text: ({ name, control }: Belief) => (control ? `${name} (control)` : name),
        fill: 'var(--ink)',
      }),
      Plot.text(beliefs, {
        y: words,
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: sides.right,
        text: 'text',
        fontVariant: 'tabular-nums',
        fill: 'var(--ink)',
      }),
    ],
  });
}
