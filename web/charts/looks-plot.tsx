import { useCallback, useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import { differenceUnit } from '../metric-numbers.ts';
import { ChartFigure } from './chart-figure.tsx';
import { looksTable } from './chart-tables.ts';
import { looksTitle } from './chart-titles.ts';
import { drawLooks, looksHeight } from './draw-looks.ts';
import { lookSeries } from './look-series.ts';

type Props = { metric: MetricReport; planned: number | null; control: string; colours: Map<string, string> };

/** How the interval of one metric narrowed from look to look. */
export default function LooksPlot({ metric, planned, control, colours }: Props) {
  const { marks, domain } = useMemo(() => lookSeries(metric), [metric]);
  const variants = useMemo(() => [...new Set(marks.map(({ variant }) => variant))], [marks]);
  const label = `Difference from ${control}, ${differenceUnit(metric.kind)}`;
  const draw = useCallback(
    (width: number) => drawLooks({ marks, domain, planned, variants, colours, label, width }),
    [marks, domain, planned, variants, colours, label],
  );
  const table = useMemo(() => looksTable(metric), [metric]);
  const legend = useMemo(
    () => variants.map((name) => ({ name, colour: colours.get(name) ?? 'var(--live)' })),
    [variants, colours],
  );
  const cut = marks.some(({ cutLow, cutHigh }) => cutLow || cutHigh);
  return (
    <ChartFigure
      title={looksTitle(metric, planned)}
      fileName={`${metric.key} looks`}
      draw={draw}
      height={looksHeight}
      label={`${metric.name} over looks: ${label}`}
      table={table}
      legend={variants.length > 1 ? legend : []}
      note={`Each bar is the interval at one look, valid over all looks together; the dot is the estimate. A bar that leaves the line at zero shows an effect, before any correction for several comparisons.${cut ? ' Early bars go on beyond the edge of the axis.' : ''}`}
    />
  );
}
