import { SegmentedControl } from '@mantine/core';
import { lazy } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { weightPercent } from '../format.ts';
import head from './card-head.module.css';
import { ChartPlace } from './chart-place.tsx';
import styles from './lift-card.module.css';
import { ruleSentence } from './look-plan.ts';
import type { LiftView } from './use-lift-view.ts';
import { savedSentence } from './without-covariates.ts';

// Asked for with the page: almost every report has a lift, and its picture should not wait for the numbers first.
const intervalPlot = import('../charts/interval-plot.tsx');
// A failure is told where the picture would stand.
intervalPlot.catch(() => undefined);
const IntervalPlot = lazy(() => intervalPlot);

type Props = { report: Report; view: LiftView; control: string; colours: Map<string, string> };

/** Every metric's effect at one sight, and what the intervals hold. */
export function LiftCard({ report, view, control, colours }: Props) {
  const { metrics, scale, plain, adjustable, setScale, setCuped } = view;
  if (!metrics.some(({ comparisons }) => comparisons.length > 0)) return null;
  const level = report.phase?.plan.level ?? 0.95;
  const saved = savedSentence(report.metrics);
  const rule = ruleSentence(report);
  return (
    <section className="card" aria-labelledby="lift">
      <div className={head.head}>
        <h2 id="lift">Lift of every metric, with {weightPercent(level)} intervals</h2>
        <div className={styles.switches}>
          {adjustable && (
            <SegmentedControl
              size="xs"
              aria-label="Adjustment for covariates (CUPED)"
              value={plain ? 'plain' : 'adjusted'}
              onChange={setCuped}
              data={[
                { value: 'adjusted', label: 'CUPED on' },
                { value: 'plain', label: 'CUPED off' },
              ]}
            />
          )}
          <SegmentedControl
            size="xs"
            aria-label="Scale of the effects"
            value={scale}
            onChange={setScale}
            data={[
              { value: 'relative', label: 'Relative' },
              { value: 'absolute', label: 'Absolute' },
            ]}
          />
        </div>
      </div>
      {(rule || saved) && (
        <p className={`${styles.words} small`}>
          {rule} {saved && (plain ? `Shown without adjustment. ${saved}` : saved)}
        </p>
      )}
      <ChartPlace height={320}>
        <IntervalPlot metrics={metrics} control={control} level={level} colours={colours} scale={scale} plain={plain} />
      </ChartPlace>
    </section>
  );
}
