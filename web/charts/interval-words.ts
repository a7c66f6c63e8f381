import { weightPercent } from '../format.ts';
import { intervalAxis, isCut } from './interval-axis.ts';
import type { IntervalGroup, IntervalRow, IntervalView } from './interval-rows.ts';

/** How to read the forest plot: only what applies to what is drawn. */
export function intervalNote(groups: IntervalGroup[], view: IntervalView, level: number): string {
  const rows = groups.flatMap((group) => group.rows);
  const has = (status: IntervalRow['status']) => rows.some((row) => row.status === status);
  const { domain, sizes } = intervalAxis(groups, view.scale);
  const cut = groups.some((group, place) => {
    const ends = domain.map((end) => end * (sizes[place] ?? 1)) as [number, number];
    return group.rows.some((row) =>
      [...row.stretches, { from: row.estimate, to: row.estimate }].some((one) => isCut(one, ends)),
    );
  });
  const what = view.scale === 'relative' ? 'lifts' : 'differences';
  return [
    `Each bar holds the ${what} that the data leave plausible, at ${weightPercent(level)}.`,
    rows.some(({ significant }) => significant !== null) &&
      'A full dot is significant after the correction for all comparisons of its family; a ring is not.',
    rows.some(({ simultaneous }) => simultaneous) &&
      'Bars stand alone; the thin line with ends holds together with those of its family.',
    has('plain') && 'Hollow grey bars are not adjusted: plain intervals of one look that decide nothing.',
    has('live') && 'Hollow grey bars are live: not for decisions.',
    has('live') && (has('final') || has('look')) && 'Solid bars are of the last look.',
    has('look') && 'They hold over all looks together, and become narrower with the next ones.',
    groups.some(({ margin }) => margin !== null) &&
      'The red dashed line is the margin: beyond it a variant is too bad.',
    rows.some((row) => row.stretches.some(({ from, to }) => from === null || to === null)) &&
      'An arrow means that there is no limit on that side.',
    cut && 'What lies beyond the edge of the axis is not drawn; the numbers beside it are complete.',
  ]
    .filter(Boolean)
    .join(' ');
}
