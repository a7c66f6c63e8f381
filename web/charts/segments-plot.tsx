import { useCallback, useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import type { SegmentReport } from '../../server/contract/segment-contract.ts';
import { differenceUnit } from '../metric-numbers.ts';
import { ChartFigure } from './chart-figure.tsx';
import { segmentTable } from './chart-tables.ts';
import { drawSegments, segmentsHeight } from './draw-segments.ts';
import { segmentDomain, segmentRows } from './segment-rows.ts';

type Props = {
  kind: MetricReport['kind'];
  segment: SegmentReport;
  /** All that stand on the page together and share the axis. */
  beside: SegmentReport[];
  control: string;
  colour: string;
};

/** The effect by the values of one attribute. */
export default function SegmentsPlot({ kind, segment, beside, control, colour }: Props) {
  const rows = useMemo(() => segmentRows(kind, segment), [kind, segment]);
  const domain = useMemo(() => segmentDomain(beside.flatMap((each) => segmentRows(kind, each))), [kind, beside]);
  const table = useMemo(() => segmentTable(kind, segment), [kind, segment]);
  const label = `Difference from ${control}, ${differenceUnit(kind)}`;
  const draw = useCallback(
    (size: number) => drawSegments({ rows, domain, colour, label, width: size }),
    [rows, domain, colour, label],
  );
  return (
    <ChartFigure
      title={`By ${segment.attribute}: ${segment.sentence}`}
      fileName={`${segment.metric} by ${segment.attribute}`}
      draw={draw}
      height={(width) => segmentsHeight(rows, width)}
      label={`By ${segment.attribute}: ${label}`}
      table={table}
    />
  );
}
