import type { Axis } from './interval-axis.ts';
import type { IntervalGroup, IntervalRow, Role, Scale } from './interval-rows.ts';

/** On a wide page the words stand beside the bar, on a narrow one above it. Sizes in pixels. */
const wideLayout = {
  role: 34,
  head: 34,
  headText: 18,
  row: 30,
  own: 22,
  left: 210,
  right: 290,
  name: 28,
  numbers: 42,
  barDown: 0,
  textUp: 0,
  ticks: 100,
};
const narrowLayout = {
  role: 36,
  head: 58,
  headText: 20,
  row: 48,
  own: 22,
  left: 10,
  right: 10,
  name: 18,
  numbers: 42,
  barDown: 9,
  textUp: 13,
  ticks: 70,
};
export type Layout = typeof wideLayout;

export const layoutFor = (width: number): Layout => (width >= 720 ? wideLayout : narrowLayout);
export const axisHeight = 50;

/** `size`: by what values are divided to be placed. */
export type Line = { y: number; row: IntervalRow; size: number };
export type Head = { top: number; bottom: number; group: IntervalGroup };
export type RoleHead = { y: number; role: Role };
/** The rows of one metric: where its margin and, among differences, its own axis are drawn. */
export type Band = { top: number; bottom: number; group: IntervalGroup; size: number };

export function intervalHeight(groups: readonly IntervalGroup[], scale: Scale, width: number): number {
  return layOut(groups, { domain: [0, 1], sizes: [] }, scale, layoutFor(width)).bottom + axisHeight;
}

/** Places headings and rows in pixels from the top; they differ in height, so there is no band scale. */
export function layOut(groups: readonly IntervalGroup[], { sizes }: Axis, scale: Scale, layout: Layout) {
  const roles: RoleHead[] = [];
  const heads: Head[] = [];
  const bands: Band[] = [];
  const lines: Line[] = [];
  let y = 0;
  for (const [place, group] of groups.entries()) {
    const size = sizes[place] ?? 1;
    if (groups[place - 1]?.role !== group.role) {
      roles.push({ y: y + layout.role / 2, role: group.role });
      y += layout.role;
    }
    heads.push({ top: y, bottom: y + layout.head - 4, group });
    y += layout.head;
    const top = y;
    for (const row of group.rows) {
      lines.push({ y: y + layout.row / 2, row, size });
      y += layout.row;
    }
    bands.push({ top, bottom: y, group, size });
    if (scale === 'absolute') y += layout.own;
  }
  return { roles, heads, bands, lines, bottom: y };
}
