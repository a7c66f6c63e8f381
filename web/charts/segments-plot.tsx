import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useCallback, useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import type { SegmentReport } from '../../server/contract/segment-contract.ts';
import { differenceUnit } from '../metric-numbers.ts';
import { drawSegments, segmentsHeight } from './draw-segments.ts';
import { PlotFrame } from './plot-frame.tsx';
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
  const { ref, width } = useElementSize();
  const label = `Difference from ${control}, ${differenceUnit(kind)}`;
  const draw = useCallback(
    (size: number) => drawSegments({ rows, domain, colour, label, width: size }),
    [rows, domain, colour, label],
  );
  return (
    <figure ref={ref}>
      <PlotFrame draw={draw} height={segmentsHeight(rows, width)} label={`By ${segment.attribute}: ${label}`} />
      <VisuallyHidden>
        <ul>
          {rows.map(({ id, sentence }) => (
            <li key={id}>{sentence}</li>
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}
