import { useCallback, useMemo } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { bucketName, dateTime, zoneName } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { exposureTable } from './chart-tables.ts';
import { exposuresTitle } from './chart-titles.ts';
import { drawExposures, exposureHeight } from './draw-exposures.ts';
import {
  allVariants,
  bucketCount,
  exposureSeries,
  exposureTotals,
  totalSeries,
  type UnitPlan,
} from './exposure-series.ts';

type Props = {
  exposures: Report['exposures'];
  variants: string[];
  colours: Map<string, string>;
  cumulative: boolean;
  plan: UnitPlan;
  running: boolean;
  pauses: readonly { from: string; to: string | null }[];
};

/** New units over time by variant: is traffic arriving, and evenly? */
export default function ExposurePlot({ exposures, variants, colours, cumulative, plan, running, pauses }: Props) {
  const series = useMemo(() => {
    const own = exposureSeries(exposures, variants, cumulative);
    return cumulative ? [...own, ...totalSeries(own)] : own;
  }, [exposures, variants, cumulative]);
  const per = bucketName(exposures.bucketSeconds);
  const label = cumulative ? 'Units so far' : `New units per ${per}`;
  const draw = useCallback(
    (width: number) => drawExposures({ series, colours, width, label, plan: cumulative ? plan : null, pauses }),
    [series, colours, label, plan, cumulative, pauses],
  );
  const table = useMemo(() => exposureTable(series, label), [series, label]);
  const legend = useMemo(
    () => [
      ...variants.map((name) => ({ name, colour: colours.get(name) ?? 'var(--live)', mark: 'line' as const })),
      ...(cumulative ? [{ name: allVariants, colour: 'var(--ink)', mark: 'line' as const }] : []),
    ],
    [variants, colours, cumulative],
  );
  const first = series[0]?.at.toISOString();
  const buckets = bucketCount(series);
  const single = buckets === 1;
  const planned = plan.units !== null || plan.end !== null;
  const note = [
    single && first && `All units were first exposed within one ${per}, from ${dateTime(first)}.`,
    !single && running && !cumulative && `The last ${per} is still filling.`,
    cumulative &&
      planned &&
      'Dashed: the plan for all variants together. It counts mature units, which follow when their windows have passed.',
    `Units count once, at their first exposure. Times in ${zoneName()}.`,
  ];
  return (
    <ChartFigure
      title={exposuresTitle(exposureTotals(exposures, variants), buckets, per, cumulative)}
      fileName={label}
      draw={draw}
      height={exposureHeight(series)}
      label={`${label}, by variant, over time`}
      table={table}
      legend={single ? [] : legend}
      note={note.filter(Boolean).join(' ')}
    />
  );
}
