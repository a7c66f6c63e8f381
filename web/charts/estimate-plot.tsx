import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useCallback, useMemo } from 'react';
import { drawEstimates, estimatesHeight } from './draw-estimates.ts';
import { type EstimateRow, estimateDomain } from './estimate-rows.ts';
import { PlotFrame } from './plot-frame.tsx';

type Props = {
  rows: EstimateRow[];
  /** What the axis shows, with its unit. */
  label: string;
  /** Where there is no difference; null: nowhere. */
  reference?: number | null;
  limits?: { lower?: number; upper?: number };
  caption?: string;
};

/** Estimates with their intervals on one axis. */
export default function EstimatePlot({ rows, label, reference = null, limits, caption }: Props) {
  const domain = useMemo(() => estimateDomain(rows, reference, limits), [rows, reference, limits]);
  const { ref, width } = useElementSize();
  const draw = useCallback(
    (size: number) => drawEstimates({ rows, domain, reference, label, width: size }),
    [rows, domain, reference, label],
  );
  return (
    <figure ref={ref}>
      <PlotFrame draw={draw} height={estimatesHeight(rows.length, width)} label={label} />
      <VisuallyHidden>
        <ul>
          {rows.map(({ id, name, text }) => (
            <li key={id}>{`${name}: ${text}`}</li>
          ))}
        </ul>
      </VisuallyHidden>
      {caption && <figcaption className="muted small">{caption}</figcaption>}
    </figure>
  );
}
