import { useCallback } from 'react';
import { zoneName } from '../format.ts';
import { drawTimeLines, type TimeLines, timeLinesHeight } from './draw-time-lines.ts';
import { PlotFrame } from './plot-frame.tsx';

/** How something went over time, a line a variant; keep `points` the same while the data are. */
export default function TimeLinesPlot({ caption, ...lines }: TimeLines & { caption?: string }) {
  const { points, colours, label, domain, stepped, format } = lines;
  const draw = useCallback(
    (width: number) =>
      drawTimeLines({
        points,
        colours,
        label,
        width,
        ...(domain ? { domain } : {}),
        ...(stepped ? { stepped } : {}),
        ...(format ? { format } : {}),
      }),
    [points, colours, label, domain, stepped, format],
  );
  return (
    <figure>
      <PlotFrame draw={draw} height={timeLinesHeight} label={`${label}, over time`} />
      <figcaption className="muted small">
        {caption && `${caption} `}Times in {zoneName()}.
      </figcaption>
    </figure>
  );
}
