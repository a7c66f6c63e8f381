import * as Plot from '@observablehq/plot';
import { axisTick } from './axis-tick.ts';
import { roundTicks } from './interval-axis.ts';
import type { Band, Head, Layout, Line, RoleHead } from './interval-layout.ts';
import type { IntervalRow, Role } from './interval-rows.ts';

type Domain = readonly [number, number];

export const roleNames: Record<Role, string> = {
  primary: 'Primary metrics: they decide',
  secondary: 'Secondary metrics: they explain',
  guardrail: 'Guardrails: they must not get worse',
};

/** Headings of roles, each on a band over the whole width. */
export const roleMarks = (roles: RoleHead[], { left, right, role }: Layout, [low, high]: Domain) => [
  Plot.rect(roles, {
    x1: low,
    x2: high,
    y1: ({ y }: RoleHead) => y - role / 2,
    y2: ({ y }: RoleHead) => y + role / 2,
    fill: 'var(--card)',
  }),
  Plot.rect(roles, {
    x1: low,
    x2: high,
    y1: ({ y }: RoleHead) => y - role / 2 + 4,
    y2: ({ y }: RoleHead) => y + role / 2 - 4,
    insetLeft: -left,
    insetRight: -right,
    rx: 4,
    fill: 'var(--quiet-tint)',
  }),
  Plot.text(roles, {
    frameAnchor: 'left',
    textAnchor: 'start',
    y: 'y',
    dx: 8 - left,
    text: (head: RoleHead) => roleNames[head.role],
    fill: 'var(--quiet)',
    fontSize: 12.5,
    fontWeight: 600,
  }),
];

/** Names of metrics, on a patch that interrupts the grid. */
export function headMarks(heads: Head[], { left, right, headText }: Layout, [low, high]: Domain) {
  const narrow = left < 50;
  const y = ({ top }: Head) => top + headText;
  return [
    Plot.rect(heads, {
      x1: low,
      x2: high,
      y1: 'top',
      y2: 'bottom',
      fill: 'var(--card)',
    }),
    Plot.text(heads, {
      frameAnchor: 'left',
      textAnchor: 'start',
      y,
      dx: -left,
      text: ({ group }: Head) => group.metric,
      fill: 'var(--ink)',
      fontWeight: 600,
      lineWidth: narrow ? 25 : 52,
      textOverflow: 'ellipsis',
    }),
    Plot.text(heads, {
      frameAnchor: narrow ? 'left' : 'right',
      textAnchor: narrow ? 'start' : 'end',
      y,
      dx: narrow ? -left : right,
      dy: narrow ? 17 : 0,
      text: ({ group }: Head) => group.note,
      fill: 'var(--muted)',
      fontSize: 12,
    }),
  ];
}

/** Under the rows of each metric its own axis: a line, ticks in its unit, and the same zero as the others. */
export function ownAxisMarks(bands: Band[], [low, high]: Domain, about: number) {
  const ticks = bands.flatMap(({ size, bottom, top, group }) =>
    roundTicks([low * size, high * size], Math.min(6, about)).map((value) => ({
      at: value / size,
      top,
      bottom,
      text: value === 0 ? `0${group.unit ? ` ${group.unit}` : ''}` : axisTick(value),
    })),
  );
  return [
    Plot.ruleX(
      ticks.filter(({ at }) => at !== 0),
      { x: 'at', y1: 'top', y2: 'bottom', stroke: 'var(--grid)' },
    ),
    Plot.ruleY(bands, { y: 'bottom', x1: low, x2: high, stroke: 'var(--line)' }),
    Plot.rect(bands, {
      x1: low,
      x2: high,
      y1: 'bottom',
      y2: ({ bottom }: Band) => bottom + 20,
      fill: 'var(--card)',
      insetTop: 1,
    }),
    Plot.text(ticks, { x: 'at', y: ({ bottom }: { bottom: number }) => bottom + 10, text: 'text', fontSize: 11.5 }),
  ];
}

/** On a narrow page words lie over the picture: the grid stops behind them. */
export const wordPatch = (lines: Line[], { row }: Layout, [low, high]: Domain) =>
  Plot.rect(lines, {
    x1: low,
    x2: high,
    y1: ({ y }: Line) => y - row / 2 - 6,
    y2: ({ y }: Line) => y - 2,
    fill: 'var(--card)',
  });

/** The variant before its bar and the numbers behind it: in full letters where a decision may use them. */
export function wordMarks(lines: Line[], { left, right, name, numbers, textUp }: Layout, colours: Map<string, string>) {
  const room = (row: IntervalRow) => (textUp > 0 ? Math.max(6, numbers - row.text.length) : name);
  const decided = ({ row }: Line) => row.status === 'final' || row.status === 'look';
  const side = { y: 'y', dy: -textUp } as const;
  return [
    Plot.dot(lines, {
      ...side,
      frameAnchor: 'left',
      dx: 5 - left,
      r: 4.5,
      fill: ({ row }: Line) => colours.get(row.variant) ?? 'var(--live)',
    }),
    Plot.text(lines, {
      ...side,
      frameAnchor: 'left',
      textAnchor: 'start',
      dx: 16 - left,
      text: ({ row }: Line) => shortened(row.variant, room(row)),
      fill: 'var(--ink)',
    }),
    Plot.text(lines, {
      ...side,
      frameAnchor: 'right',
      textAnchor: 'end',
      dx: right,
      text: ({ row }: Line) => row.text,
      fontVariant: 'tabular-nums',
      fill: (line: Line) => (decided(line) ? 'var(--ink)' : 'var(--muted)'),
    }),
  ];
}

const shortened = (text: string, room: number) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
