import { useCallback, useMemo } from 'react';
import { percentOf } from '../format.ts';
import { plainTick } from './axis-tick.ts';
import { ChartFigure } from './chart-figure.tsx';
import { differencesHeight, drawDifferences } from './draw-differences.ts';
import { differenceBins } from './pair-marks.ts';

type Props = {
  differences: { lower: number; upper: number; counts: number[] };
  limits: { lower: number; upper: number } | null;
  colour: string;
};

/** How the differences of both models' scores are spread. */
export default function DifferencesPlot({ differences, limits, colour }: Props) {
  const bins = useMemo(() => differenceBins(differences), [differences]);
  const draw = useCallback((width: number) => drawDifferences({ bins, limits, colour, width }), [bins, limits, colour]);
  const table = useMemo(
    () => ({
      columns: ['Difference from', 'Difference to', 'Decisions'],
      rows: bins.map(({ from, to, count }) => [from, to, count]),
    }),
    [bins],
  );
  const middle = bins[Math.floor(bins.length / 2)];
  const size = middle ? plainTick(Number(middle.to.toPrecision(2))) : '';
  return (
    <ChartFigure
      title={`In ${percentOf(middle?.share ?? 0)} of decisions both scores differ by less than ${size}`}
      fileName="score-differences"
      draw={draw}
      height={differencesHeight}
      label="Share of decisions, by score of the candidate minus score of the champion"
      table={table}
      note={`${limits ? 'Between the dashed lines lie 95\u202f% of differences when these are normal. ' : ''}Larger ones are counted at the ends.`}
    />
  );
}
