import { useCallback, useMemo } from 'react';
import type { Distribution } from '../../server/contract/distribution-contract.ts';
import { clock } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { distributionSeries, distributionTable, distributionTitle, rangeText } from './distribution-series.ts';
import { distributionHeight, drawDistribution } from './draw-distribution.ts';

type Props = { name: string; distribution: Distribution; colours: Map<string, string> };

/** How the values of a metric are spread in each variant: where a mean comes from. */
export default function DistributionPlot({ name, distribution, colours }: Props) {
  const series = useMemo(() => distributionSeries(distribution), [distribution]);
  const table = useMemo(() => distributionTable(distribution), [distribution]);
  const what = distribution.values === 'unit' ? 'unit' : 'outcome';
  const label = `Value of ${what === 'unit' ? 'a unit' : 'an outcome'}, logarithmic scale`;
  const draw = useCallback(
    (width: number) => drawDistribution({ ...series, colours, label, width }),
    [series, colours, label],
  );
  const { variants, computedAt } = distribution;
  return (
    <ChartFigure
      title={distributionTitle(name, distribution)}
      fileName={`${distribution.metric} distribution`}
      draw={draw}
      height={distributionHeight}
      label={`Share of the variant in percent, by value: ${name}`}
      table={table}
      legend={variants.map(({ variant }) => ({ name: variant, colour: colours.get(variant) ?? 'var(--live)' }))}
      note={`${variants.map((each) => rangeText(each, what)).join('; ')}. Values at 0 are counted and not drawn. Mature units only; computed at ${computedAt ? clock(computedAt) : '–'}.`}
    />
  );
}
