import { useCallback, useMemo } from 'react';
import { percentOf, THIN } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawPairs, pairsHeight } from './draw-pairs.ts';
import type { ScorePair } from './pair-marks.ts';

type Props = { pairs: ScorePair[]; decisions: number; colour: string };

/** Both models' scores of the same decisions. */
export default function PairsPlot({ pairs, decisions, colour }: Props) {
  const draw = useCallback((width: number) => drawPairs({ pairs, colour, width }), [pairs, colour]);
  const table = useMemo(
    () => ({
      columns: ['Score of the champion', 'Score of the candidate'],
      rows: pairs.map(({ champion, candidate }) => [champion, candidate]),
    }),
    [pairs],
  );
  const above = pairs.filter(({ champion, candidate }) => candidate > champion).length / pairs.length;
  return (
    <ChartFigure
      title={`The candidate scores higher in ${percentOf(above)} of these decisions`}
      fileName="score-pairs"
      draw={draw}
      height={pairsHeight}
      label="Score of the candidate against score of the champion, a dot a decision"
      table={table}
      note={
        pairs.length < decisions
          ? `${pairs.length} decisions, chosen by a hash of their id, of ${decisions.toLocaleString('en').replaceAll(',', THIN)}. On the line both say the same.`
          : 'On the line both say the same.'
      }
    />
  );
}
