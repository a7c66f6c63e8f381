import { useCallback, useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import { ChartFigure } from './chart-figure.tsx';
import { intervalTable } from './chart-tables.ts';
import { liftTitle } from './chart-titles.ts';
import { drawIntervals } from './draw-intervals.ts';
import { intervalHeight } from './interval-layout.ts';
import { type IntervalGroup, type IntervalRow, intervalGroups, isCut, liftDomain } from './interval-rows.ts';

type Props = { metrics: MetricReport[]; control: string; level: number; colours: Map<string, string> };

/** Forest plot of every metric's lift: one line a metric and challenger, zero in the middle of the argument. */
export default function IntervalPlot({ metrics, control, level, colours }: Props) {
  const groups = useMemo(() => intervalGroups(metrics), [metrics]);
  const draw = useCallback(
    (size: number) => drawIntervals({ groups, control, colours, width: size }),
    [groups, control, colours],
  );
  const table = useMemo(() => intervalTable(groups, control), [groups, control]);
  const rows = groups.flatMap((group) => group.rows);
  return (
    <ChartFigure
      title={liftTitle(metrics)}
      fileName="lift"
      draw={draw}
      height={(width) => intervalHeight(groups, width)}
      label={`Lift of every metric against ${control}, in percent`}
      table={table}
      note={caption(rows, groups, level)}
    />
  );
}

function caption(rows: IntervalRow[], groups: IntervalGroup[], level: number): string {
  const has = (status: IntervalRow['status']) => rows.some((row) => row.status === status);
  const domain = liftDomain(groups);
  const cut = rows.some((row) =>
    [...row.stretches, { from: row.estimate, to: row.estimate }].some((one) => isCut(one, domain)),
  );
  const open = rows.some((row) => row.stretches.some(({ from, to }) => from === null || to === null));
  return [
    `Each bar holds the lifts that the data leave plausible, at ${Math.round(level * 1000) / 10}\u202f%; the dot is the estimate.`,
    has('live') && 'Hollow grey bars are live: not for decisions.',
    has('live') && (has('final') || has('look')) && 'Solid bars are of the last look.',
    has('look') && 'They hold over all looks together, and become narrower with the next ones.',
    open && 'An arrow means that there is no limit on that side.',
    cut && 'What lies beyond the edge of the axis is not drawn; the numbers beside it are complete.',
  ]
    .filter(Boolean)
    .join(' ');
}
