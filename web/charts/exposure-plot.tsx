import { useCallback, useMemo } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { bucketName, dateTime, zoneName } from '../format.ts';
import { drawExposures, exposureHeight } from './draw-exposures.ts';
import { bucketCount, exposureSeries } from './exposure-series.ts';
import { PlotFrame } from './plot-frame.tsx';

type Props = {
  exposures: Report['exposures'];
  variants: string[];
  colours: Map<string, string>;
  cumulative: boolean;
  running: boolean;
};

/** New units over time by variant: is traffic arriving, and evenly? */
export default function ExposurePlot({ exposures, variants, colours, cumulative, running }: Props) {
  const series = useMemo(() => exposureSeries(exposures, variants, cumulative), [exposures, variants, cumulative]);
  const per = bucketName(exposures.bucketSeconds);
  const label = cumulative ? 'Units so far' : `New units per ${per}`;
  const draw = useCallback(
    (width: number) => drawExposures({ series, colours, width, label }),
    [series, colours, label],
  );
  const first = series[0]?.at.toISOString();
  const single = bucketCount(series) === 1;
  return (
    <figure>
      <PlotFrame draw={draw} height={exposureHeight(series)} label={`${label}, by variant, over time`} />
      <figcaption className="muted small">
        {single && first && `All units were first exposed within one ${per}, from ${dateTime(first)}. `}
        {!single && running && !cumulative && `The last ${per} is still filling. `}
        Units count once, at their first exposure. Times in {zoneName()}.
      </figcaption>
    </figure>
  );
}
