import { useCallback, useMemo } from 'react';
import { ChartFigure } from './chart-figure.tsx';
import { type Belief, densityDomain } from './density-rows.ts';
import { densitiesHeight, drawDensities } from './draw-densities.ts';

type Props = { beliefs: Belief[]; title: string; label: string; note: string };

/** Normal with 95 % of a curve. */
const Z95 = 1.959964;

/** What the posterior believes of each arm, as curves. */
export default function DensitiesPlot({ beliefs, title, label, note }: Props) {
  const domain = useMemo(() => densityDomain(beliefs), [beliefs]);
  const draw = useCallback(
    (width: number) => drawDensities({ beliefs, domain, label, width }),
    [beliefs, domain, label],
  );
  const table = useMemo(
    () => ({
      columns: ['Variant', label, 'Standard deviation', 'Lower end of 95 %', 'Upper end of 95 %'],
      rows: beliefs.map(({ name, control, mean, standardDeviation: sd }) =>
        control ? [`${name} (control)`, 0, null, null, null] : [name, mean, sd, mean - Z95 * sd, mean + Z95 * sd],
      ),
    }),
    [beliefs, label],
  );
  return (
    <ChartFigure
      title={title}
      fileName="posterior"
      draw={draw}
      height={(width) => densitiesHeight(beliefs.length, width)}
      label={`Posterior density of each variant: ${label}`}
      table={table}
      note={note}
    />
  );
}
