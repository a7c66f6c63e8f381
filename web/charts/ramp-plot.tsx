import { useCallback, useMemo } from 'react';
import { weightPercent, zoneName } from '../format.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawRamp, rampHeight } from './draw-ramp.ts';
import type { RampSeries, RampStretch } from './ramp-series.ts';

type Props = { series: RampSeries; title: string; colour: string };

/** The share of the candidate over time, and what comes next. */
export default function RampPlot({ series, title, colour }: Props) {
  const draw = useCallback((width: number) => drawRamp({ series, colour, width }), [series, colour]);
  const table = useMemo(() => tableOf(series), [series]);
  const late = series.nextCheck && series.nextCheck > series.span[1];
  return (
    <ChartFigure
      title={title}
      fileName="ramp"
      draw={draw}
      height={rampHeight}
      label="Share of units that get the candidate, in percent, over time"
      table={table}
      note={`${series.next.length > 0 ? 'Dashed: what comes next at the present pace. ' : ''}${late ? 'The next check lies beyond the picture. ' : ''}Times in ${zoneName()}.`}
    />
  );
}

function tableOf({ past, next, held }: RampSeries) {
  const row = (what: (one: RampStretch) => string) => (one: RampStretch) => [
    one.from.toISOString(),
    one.to.toISOString(),
    what(one),
    one.share * 100,
  ];
  return {
    columns: ['From', 'To', 'What', 'Units that get the candidate, %'],
    rows: [
      ...past.map(
        row(({ step, share }) =>
          step === null ? 'everyone gets the champion' : `step ${step}, ${weightPercent(share)}`,
        ),
      ),
      ...held.map(({ from, to, reason }) => [from.toISOString(), to.toISOString(), `held: ${reason}`, null]),
      ...next.map(row(({ step }) => `expected: step ${step}`)),
    ],
  };
}
