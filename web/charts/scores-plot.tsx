import { useCallback, useMemo } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { scoresTable } from './chart-tables.ts';
import { scoresTitle } from './chart-titles.ts';
import { drawScores, scoresHeight } from './draw-scores.ts';
import { scoreBins } from './score-bins.ts';

type Props = { histogram: Parameters<typeof scoreBins>[0]; colours: Map<string, string> };

/** How the scores of both models are spread over the same decisions. */
export default function ScoresPlot({ histogram, colours }: Props) {
  const bins = useMemo(() => scoreBins(histogram), [histogram]);
  const draw = useCallback((width: number) => drawScores({ bins, colours, width }), [bins, colours]);
  const table = useMemo(() => scoresTable(bins), [bins]);
  const legend = useMemo(
    () =>
      [...new Set(bins.map(({ model }) => model))].map((name) => ({
        name,
        colour: colours.get(name) ?? 'var(--live)',
        mark: 'line' as const,
      })),
    [bins, colours],
  );
  return (
    <ChartFigure
      title={scoresTitle(bins)}
      fileName="scores"
      draw={draw}
      height={scoresHeight}
      label="Scores of both models: share of decisions, by score"
      table={table}
      legend={legend}
      note="Scores outside the picture are counted at its first and last bin. A description: no conclusion is drawn from it."
    />
  );
}
