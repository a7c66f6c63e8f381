import { useCallback, useMemo } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { drawSteps, stepsHeight } from './draw-steps.ts';
import type { StepPicture } from './step-rows.ts';

type Props = {
  picture: StepPicture;
  title: string;
  fileName: string;
  /** What the axis shows, with its unit. */
  label: string;
  worse: 'more' | 'less';
  colour: string;
};

/** A guardrail step by step, with its limits. */
export default function StepsPlot({ picture, title, fileName, label, worse, colour }: Props) {
  const draw = useCallback(
    (width: number) => drawSteps({ picture, worse, label, colour, width }),
    [picture, worse, label, colour],
  );
  const { rows } = picture;
  const table = useMemo(
    () => ({
      columns: ['Step', label, 'Lower limit', 'Upper limit'],
      rows: rows.map(({ name, estimate, lower, upper }) => [name, estimate, lower, upper]),
    }),
    [rows, label],
  );
  return (
    <ChartFigure
      title={title}
      fileName={fileName}
      draw={draw}
      height={(width) => stepsHeight(rows.length, width)}
      label={`${label}, by step`}
      table={table}
      note="Bars of single steps are at 95 %, each by itself: they are for looking. What rolls back is judged over all steps together."
    />
  );
}
