import { useCallback } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { drawFalsePositives, type FalsePositives, falsePositivesHeight } from './draw-false-positives.ts';

type Props = FalsePositives & { title: string; splits: number; rejected: number };

/** The false-positive rate of a simulated A/A beside what a right test has. */
export default function FalsePositivesPlot({ rate, expected, lower, upper, title, splits, rejected }: Props) {
  const draw = useCallback(
    (width: number) => drawFalsePositives({ rate, expected, lower, upper, width }),
    [rate, expected, lower, upper],
  );
  return (
    <ChartFigure
      title={title}
      fileName="a-a"
      draw={draw}
      height={falsePositivesHeight}
      label="Halves found different, % of re-splits"
      table={{
        columns: ['Re-splits', 'Found different', 'Rate, %', 'Promised, %', 'Right from, %', 'Right to, %'],
        rows: [[splits, rejected, rate, expected, lower, upper]],
      }}
      note="The green band is where 95 of 100 metrics lie whose test keeps its level."
    />
  );
}
