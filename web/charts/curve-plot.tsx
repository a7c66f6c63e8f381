import { useCallback } from 'react';
import { curveHeight, drawCurve } from './draw-curve.ts';
import { PlotFrame } from './plot-frame.tsx';

type Point = { x: number; y: number };
type Props = { points: Point[]; mark: Point; x: string; y: string; sentence: string; logarithmic?: boolean };

/** One curve with the planned point on it, and what it says in a sentence. */
export default function CurvePlot({ points, mark, x, y, sentence, logarithmic = false }: Props) {
  const draw = useCallback(
    (width: number) => drawCurve({ points, mark, x, y, logarithmic, width }),
    [points, mark, x, y, logarithmic],
  );
  return (
    <figure>
      <PlotFrame draw={draw} height={curveHeight} label={`${y}, by ${x}`} />
      <figcaption className="muted small">{sentence}</figcaption>
    </figure>
  );
}
