import { useCallback, useMemo } from 'react';
import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import { isRate } from '../metric-numbers.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawMetricHistory, metricHistoryHeight } from './draw-metric-history.ts';
import { historyRows, historyTitle } from './metric-history-rows.ts';

type Props = { metric: Pick<Metric, 'name' | 'kind'>; history: MetricHistory };

/** What a metric was like in each phase that measured it: the control's value with its interval. */
export default function MetricHistoryPlot({ metric: { name, kind }, history }: Props) {
  const rows = useMemo(() => historyRows(kind, history, new Date()), [kind, history]);
  const unit = isRate(kind) ? '%' : 'in its own unit';
  const draw = useCallback(
    (width: number) => drawMetricHistory({ rows, label: `Control, ${unit}`, width }),
    [rows, unit],
  );
  return (
    <ChartFigure
      title={historyTitle(name, rows)}
      level={2}
      fileName="history"
      draw={draw}
      height={metricHistoryHeight}
      label={`Value of the control, ${unit}, by time`}
      table={{
        columns: ['Phase of', 'From', 'Until', `Value, ${unit}`, `95 % from, ${unit}`, `95 % to, ${unit}`, 'Units'],
        rows: rows.map((row) => [
          row.name,
          row.from.toISOString(),
          row.to.toISOString(),
          row.value,
          row.lower,
          row.upper,
          row.units,
        ]),
      }}
      note="Mature units of the control, without adjustment. A bar is as long as its phase ran and as high as its 95 % interval."
    />
  );
}
