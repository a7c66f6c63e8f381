import { useCallback, useMemo } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { curveTable } from './chart-tables.ts';
import { curveHeight, drawCurve } from './draw-curve.ts';

type Point = { x: number; y: number };
type Props = { points: Point[]; mark: Point; x: string; y: string; sentence: string; reading?: Point | null };

/** One curve with the planned point on it, and what it says in a sentence. */
export default function CurvePlot({ points, mark, x, y, sentence, reading = null }: Props) {
  const draw = useCallback(
    (width: number) => drawCurve({ points, mark, reading, x, y, width }),
    [points, mark, reading, x, y],
  );
  const table = useMemo(() => curveTable(points, x, y), [points, x, y]);
  return (
    <ChartFigure
      title={sentence}
      fileName={y}
      draw={draw}
      height={curveHeight}
      label={`${y}, by ${x}`}
      table={table}
      note={`The dot is the plan${reading ? '; the ring is where it is read' : ''}.`}
    />
  );
}
