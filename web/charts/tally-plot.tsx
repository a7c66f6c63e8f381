import { useCallback, useMemo } from 'react';
import { percentOf } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawTally, tallyHeight } from './draw-tally.ts';
import { type Tally, tallyPieces } from './tally-rows.ts';

type Props = {
  tallies: Tally[];
  variant: string;
  against: string;
  colours: { variant: string; against: string };
};

/** Units and impressions by which ranking they are for. */
export default function TallyPlot({ tallies, variant, against, colours }: Props) {
  const pieces = useMemo(
    () => tallyPieces(tallies, { variant, against }, colours),
    [tallies, variant, against, colours],
  );
  const draw = useCallback((width: number) => drawTally({ pieces, width }), [pieces]);
  const table = useMemo(
    () => ({
      columns: ['Counted', `For ${variant}`, 'No preference', `For ${against}`],
      rows: tallies.map(({ name, wins, ties, losses }) => [name, wins, ties, losses]),
    }),
    [tallies, variant, against],
  );
  const first = tallies[0];
  const all = first ? first.wins + first.ties + first.losses : 0;
  return (
    <ChartFigure
      title={
        first && all > 0
          ? `${percentOf(first.wins / all)} of units prefer ${variant}, ${percentOf(first.losses / all)} prefer ${against}`
          : 'No unit is complete yet'
      }
      fileName="wins-ties-losses"
      draw={draw}
      height={tallyHeight(new Set(pieces.map(({ row }) => row)).size)}
      label="Won, tied and lost, in percent"
      table={table}
      legend={[
        { name: `for ${variant}`, colour: colours.variant },
        { name: 'no preference', colour: 'var(--grid)' },
        { name: `for ${against}`, colour: colours.against },
      ]}
    />
  );
}
