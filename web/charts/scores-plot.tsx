import { useCallback, useMemo } from 'react';
import { drawScores, scoresHeight } from './draw-scores.ts';
import { PlotFrame } from './plot-frame.tsx';
import { scoreBins } from './score-bins.ts';

type Props = { histogram: Parameters<typeof scoreBins>[0]; colours: Map<string, string> };

/** How the scores of both models are spread over the same decisions. */
export default function ScoresPlot({ histogram, colours }: Props) {
  const bins = useMemo(() => scoreBins(histogram), [histogram]);
  const draw = useCallback((width: number) => drawScores({ bins, colours, width }), [bins, colours]);
  return (
    <figure>
      <PlotFrame draw={draw} height={scoresHeight} label="Scores of both models: share of decisions, by score" />
      <figcaption className="muted small">
        Scores outside the picture are counted at its first and last bin. A description: no conclusion is drawn from it.
      </figcaption>
    </figure>
  );
}
