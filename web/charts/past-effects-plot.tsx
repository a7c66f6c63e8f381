import { useMemo } from 'react';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import { counted, decimalsFor, plain, signed, THIN } from '../format.ts';
import { z95 } from '../metric-numbers.ts';
import EstimatePlot from './estimate-plot.tsx';
import type { EstimateRow } from './estimate-rows.ts';

/** What concluded experiments did to a metric: how large an effect is to be expected. */
export default function PastEffectsPlot({ history: { effects, prior } }: { history: MetricHistory }) {
  const rows = useMemo(() => effects.map(effectRow), [effects]);
  const moved = rows.filter(({ interval }) => interval && (interval.lower > 0 || interval.upper < 0)).length;
  const spread =
    prior &&
    `; two of three true effects lay within ${plain(prior.standardDeviation * 100, 1)}${THIN}% of ${signed(prior.mean * 100, 1)}${THIN}%`;
  return (
    <EstimatePlot
      title={`${counted(effects.length, 'concluded experiment')}: ${moved === 0 ? 'none' : moved} moved it beyond noise${spread ?? ''}`}
      fileName="past-effects"
      rows={rows}
      label="Relative lift at the last look, %"
      reference={0}
      caption="The first variant beside the control, with 95 % intervals."
    />
  );
}

function effectRow({ experiment, estimate, standardError }: MetricHistory['effects'][number]): EstimateRow {
  const half = z95 * standardError * 100;
  const [value, decimals] = [estimate * 100, decimalsFor(half)];
  return {
    id: experiment,
    name: experiment,
    estimate: value,
    interval: { lower: value - half, upper: value + half },
    colour: 'var(--variant-1)',
    text: `${signed(value, decimals)}${THIN}% (${plain(value - half, decimals)} to ${plain(value + half, decimals)})`,
  };
}
