import { NativeSelect } from '@mantine/core';
import { lazy } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { hasLookHistory } from '../charts/look-series.ts';
import { useAddressValue } from './address-value.ts';
import styles from './card-head.module.css';
import { ChartPlace } from './chart-place.tsx';

const LooksPlot = lazy(() => import('../charts/looks-plot.tsx'));

type Props = { report: Report; control: string; colours: Map<string, string> };

/** How a metric's interval went from look to look; only where there was more than one. */
export function LooksCard({ report, control, colours }: Props) {
  const metrics = report.metrics.filter(hasLookHistory);
  const [first] = metrics;
  const [chosen, choose] = useAddressValue('looks', first?.key ?? '');
  const metric = metrics.find(({ key }) => key === chosen) ?? first;
  if (!metric) return null;
  return (
    <section className="card" aria-labelledby="looks">
      <div className={styles.head}>
        <h2 id="looks">Difference over time{metrics.length === 1 && `: ${metric.name}`}</h2>
        {metrics.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Metric shown over looks"
            value={metric.key}
            onChange={(event) => choose(event.currentTarget.value)}
            data={metrics.map(({ key, name }) => ({ value: key, label: name }))}
          />
        )}
      </div>
      <ChartPlace height={290}>
        <LooksPlot metric={metric} report={report} control={control} colours={colours} />
      </ChartPlace>
    </section>
  );
}
