import type { IntervalGroup, IntervalRow } from './interval-rows.ts';

/** On a wide page the words stand beside the bar, on a narrow one above it. Sizes in pixels. */
const wideLayout = {
  head: 36,
  headText: 20,
  row: 34,
  left: 210,
  right: 280,
  name: 28,
  numbers: 42,
  barDown: 0,
  textUp: 0,
  ticks: 100,
};
const narrowLayout = {
  head: 58,
  headText: 20,
  row: 48,
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

export type Line = { y: number; row: IntervalRow };
export type Head = { top: number; bottom: number; group: IntervalGroup };

export function intervalHeight(groups: readonly IntervalGroup[], width: number): number {
  return layOut(groups, layoutFor(width)).bottom + axisHeight;
}

/** Places headings and rows in pixels from the top; they differ in height, so there is no band scale. */
export function layOut(groups: readonly IntervalGroup[], { head, row }: Layout) {
  const heads: Head[] = [];
  const lines: Line[] = [];
  let y = 0;
  for (const group of groups) {
    heads.push({ top: y, bottom: y + head - 4, group });
    y += head;
    for (const one of group.rows) {
      lines.push({ y: y + row / 2, row: one });
      y += row;
    }
  }
  return { heads, lines, bottom: y };
}
