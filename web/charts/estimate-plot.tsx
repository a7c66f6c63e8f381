import { useCallback, useMemo } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { estimateTable } from './chart-tables.ts';
import { estimatesTitle } from './chart-titles.ts';
import { drawEstimates, estimatesHeight } from './draw-estimates.ts';
import { type EstimateRow, estimateDomain } from './estimate-rows.ts';

type Props = {
  rows: EstimateRow[];
  /** What the axis shows, with its unit. */
  label: string;
  /** What one sees, where the page can say it better than the rows alone. */
  title?: string;
  fileName?: string;
  /** Where there is no difference; null: nowhere. */
  reference?: number | null;
  limits?: { lower?: number; upper?: number };
  caption?: string;
};

/** Estimates with their intervals on one axis. */
export default function EstimatePlot({ rows, label, title, fileName, reference = null, limits, caption }: Props) {
  const domain = useMemo(() => estimateDomain(rows, reference, limits), [rows, reference, limits]);
  const table = useMemo(() => estimateTable(rows, label), [rows, label]);
  const draw = useCallback(
    (size: number) => drawEstimates({ rows, domain, reference, label, width: size }),
    [rows, domain, reference, label],
  );
  return (
    <ChartFigure
      title={title ?? estimatesTitle(rows, reference)}
      fileName={fileName ?? label}
      draw={draw}
      height={(width) => estimatesHeight(rows.length, width)}
      label={label}
      table={table}
      note={caption}
    />
  );
}
