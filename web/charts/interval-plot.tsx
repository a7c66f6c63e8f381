import { useCallback, useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import { ChartFigure } from './chart-figure.tsx';
import { intervalTable } from './chart-tables.ts';
import { liftTitle } from './chart-titles.ts';
import { drawIntervals } from './draw-intervals.ts';
import { intervalHeight } from './interval-layout.ts';
import { type IntervalView, intervalGroups } from './interval-rows.ts';
import { intervalNote } from './interval-words.ts';

type Props = IntervalView & {
  metrics: MetricReport[];
  control: string;
  level: number;
  colours: Map<string, string>;
};

/** Forest plot of every metric: one line a metric and challenger, zero in the middle of the argument. */
export default function IntervalPlot({ metrics, control, level, colours, scale, plain }: Props) {
  const groups = useMemo(() => intervalGroups(metrics, { scale, plain }), [metrics, scale, plain]);
  const draw = useCallback(
    (width: number) => drawIntervals({ groups, scale, control, colours, width }),
    [groups, scale, control, colours],
  );
  const table = useMemo(() => intervalTable(groups, control, scale), [groups, control, scale]);
  const height = useCallback((width: number) => intervalHeight(groups, scale, width), [groups, scale]);
  return (
    <ChartFigure
      title={liftTitle(metrics)}
      fileName={scale === 'relative' ? 'lift' : 'differences'}
      draw={draw}
      height={height}
      label={
        scale === 'relative'
          ? `Lift of every metric against ${control}, in percent`
          : `Difference of every metric from ${control}, in its own unit`
      }
      table={table}
      note={intervalNote(groups, { scale, plain }, level)}
    />
  );
}
