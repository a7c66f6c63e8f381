import { useCallback, useMemo } from 'react';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { differenceUnit } from '../metric-numbers.ts';
import { ChartFigure } from './chart-figure.tsx';
import { looksTable } from './chart-tables.ts';
import { looksTitle } from './chart-titles.ts';
import { drawLooks, looksHeight } from './draw-looks.ts';
import { type LookSeries, lookSeries, timeDomain } from './look-series.ts';

type Props = { metric: MetricReport; report: Report; control: string; colours: Map<string, string> };

/** How the interval of one metric narrowed from look to look, and what the units that wait show so far. */
export default function LooksPlot({ metric, report, control, colours }: Props) {
  const series = useMemo(() => lookSeries(metric, report.computedAt), [metric, report.computedAt]);
  const variants = useMemo(() => [...new Set(series.marks.map(({ variant }) => variant))], [series]);
  const label = `Difference from ${control}, ${differenceUnit(metric.kind)}`;
  const { phase, progress } = report;
  const band = phase?.plan.design === 'always_valid';
  const draw = useCallback(
    (width: number) => {
      const plannedEnd = progress?.plannedEndAt ? new Date(progress.plannedEndAt) : null;
      const times = timeDomain(series, { phase, progress });
      return drawLooks({ ...series, band, times, plannedEnd, variants, colours, label, width });
    },
    [series, band, phase, progress, variants, colours, label],
  );
  const table = useMemo(() => looksTable(metric, series), [metric, series]);
  const legend = useMemo(
    () => variants.map((name) => ({ name, colour: colours.get(name) ?? 'var(--live)', mark: 'dot' as const })),
    [variants, colours],
  );
  return (
    <ChartFigure
      title={looksTitle(metric, progress?.looks.planned ?? null)}
      fileName={`${metric.key} looks`}
      draw={draw}
      height={looksHeight}
      label={`${metric.name} over looks: ${label}`}
      table={table}
      legend={variants.length > 1 ? legend : []}
      note={noteOf(series, band)}
    />
  );
}

function noteOf({ marks, soFar }: LookSeries, band: boolean): string {
  return [
    band
      ? 'The band is what the looks so far leave possible: it holds at every moment, however often one looks. The dots are estimates.'
      : 'Each bar is the interval at one look, valid over all looks together; the dot is the estimate. In between nothing is concluded.',
    marks.some(({ concludes }) => concludes) &&
      'A diamond marks the first look that leaves zero, before any correction for several comparisons.',
    soFar.length > 0 && 'Hollow and grey: units that still wait for outcomes. They belong to no look.',
    marks.some(({ cutLow, cutHigh }) => cutLow || cutHigh) && 'Early intervals go on beyond the edge of the axis.',
  ]
    .filter(Boolean)
    .join(' ');
}
