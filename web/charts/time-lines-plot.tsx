import { useCallback, useMemo } from 'react';
import { zoneName } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { linesTable } from './chart-tables.ts';
import { linesTitle } from './chart-titles.ts';
import { drawTimeLines, type TimeLines, timeLinesHeight } from './draw-time-lines.ts';

type Props = TimeLines & {
  caption?: string;
  /** What one sees, where the page can say it better than the ends of the lines. */
  title?: string;
  fileName?: string;
};

/** How something went over time, a line a variant; keep `points` the same while the data are. */
export default function TimeLinesPlot({ caption, title, fileName, ...lines }: Props) {
  const { points, colours, label, domain, stepped, format, gaps, band, dots } = lines;
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
        ...(gaps ? { gaps } : {}),
        ...(band ? { band } : {}),
        ...(dots ? { dots } : {}),
      }),
    [points, colours, label, domain, stepped, format, gaps, band, dots],
  );
  const table = useMemo(() => linesTable(points, label), [points, label]);
  const legend = useMemo(
    () =>
      [...new Set(points.map(({ name }) => name))].map((name) => ({
        name,
        colour: colours.get(name) ?? 'var(--variant-1)',
        mark: 'line' as const,
      })),
    [points, colours],
  );
  return (
    <ChartFigure
      title={title ?? linesTitle(points, label, format)}
      fileName={fileName ?? label}
      draw={draw}
      height={timeLinesHeight}
      label={`${label}, over time`}
      table={table}
      legend={legend.length > 1 ? legend : []}
      note={`${caption ? `${caption} ` : ''}Times in ${zoneName()}.`}
    />
  );
}
