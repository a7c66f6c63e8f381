import * as Plot from '@observablehq/plot';
import { dashOf } from './variant-marks.ts';

/** What every drawing has in common: its letters, its grid, and axes without ticks or arrows. */

export const plotStyle = {
  fontFamily: 'inherit',
  fontSize: '12.5px',
  background: 'none',
  color: 'var(--muted)',
  overflow: 'visible',
} as const;

const axis = { tickSize: 0, fontSize: 12.5, labelArrow: 'none' } as const;

type AxisOptions<T> = { label: string; ticks: number | readonly T[]; tickFormat: (value: T) => string };

export const bottomAxis = <T extends number | Date>({ label, ...options }: AxisOptions<T>) =>
  Plot.axisX({ ...axis, ...(options as Plot.AxisXOptions), label, labelAnchor: 'center', labelOffset: 40 });

/** Its name stands above it, level. */
export const sideAxis = <T extends number | Date>({ label, ...options }: AxisOptions<T>) =>
  Plot.axisY({ ...axis, ...(options as Plot.AxisYOptions), label, labelAnchor: 'top', labelOffset: 0 });

export const gridAcross = (ticks: number) => Plot.gridY({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 });
export const gridDown = (ticks: number | readonly number[]) =>
  Plot.gridX({ ticks: ticks as number, stroke: 'var(--grid)', strokeOpacity: 1 });

export const tipStyle = { fill: 'var(--card)', stroke: 'var(--line)' } as const;

/** A line a variant, each with the dash of its colour: where two lie over each other, both are seen. */
export const variantLines = <T>(
  data: readonly T[],
  nameOf: (one: T) => string,
  colourOf: (one: T) => string,
  options: Plot.LineOptions,
) =>
  [...new Set(data.map(nameOf))].flatMap((name) => {
    const own = data.filter((one) => nameOf(one) === name);
    const [first] = own;
    if (first === undefined) return [];
    const stroke = colourOf(first);
    return [Plot.line(own, { ...options, stroke, strokeDasharray: dashOf(stroke) || 'none' })];
  });
