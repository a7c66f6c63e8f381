import * as Plot from '@observablehq/plot';

/** A stretch of time in which something was set aside. */
export type Gap = { from: Date; to: Date };

/** Pauses of a phase within a picture; one that lasts goes on to its edge. */
export function pauseGaps(pauses: readonly { from: string; to: string | null }[], start: Date, end: Date): Gap[] {
  return pauses.flatMap(({ from, to }) => {
    const gap = { from: later(new Date(from), start), to: to === null ? end : earlier(new Date(to), end) };
    return gap.from < gap.to ? [gap] : [];
  });
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** Shades gaps over the whole height, under everything else; the word stands where it has room. */
export function gapMarks(gaps: readonly Gap[], word: string, [start, end]: readonly [Date, Date], width: number) {
  if (gaps.length === 0) return [];
  const room = (gap: Gap) => ((gap.to.getTime() - gap.from.getTime()) / (end.getTime() - start.getTime())) * width;
  return [
    Plot.rectX(gaps, { x1: 'from', x2: 'to', fill: 'var(--muted)', fillOpacity: 0.16 }),
    Plot.text(
      gaps.filter((gap) => room(gap) > 7 * word.length + 8),
      {
        x: ({ from, to }: Gap) => new Date((from.getTime() + to.getTime()) / 2),
        frameAnchor: 'top',
        dy: 4,
        text: () => word,
        fill: 'var(--muted)',
        fontSize: 12,
      },
    ),
  ];
}
