import { SegmentedControl } from '@mantine/core';
import { lazy, useMemo, useState } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { pauseGaps } from '../charts/pause-marks.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { type DriftView, driftLines, driftNames, driftSentence, driftViews } from './drift-words.ts';
import styles from './mode-card.module.css';
import { ModeCard } from './mode-card.tsx';
import { modelColours } from './shadow-words.ts';

const TimeLinesPlot = lazy(() => import('../charts/time-lines-plot.tsx'));

type Props = { drift: NonNullable<ShadowReport['drift']>; report: Report };

const colours = new Map(Object.entries(modelColours));

/** Whether the candidate drifts from the champion while time goes on. */
export function DriftCard({ drift, report }: Props) {
  const [view, setView] = useState<DriftView>('agreement');
  const { points, band, label, domain, caption } = useMemo(() => driftLines(drift, view), [drift, view]);
  const pauses = report.phase?.pauses;
  const gaps = useMemo(() => {
    const [first, last] = [points[0]?.at, points.at(-1)?.at];
    return first && last ? pauseGaps(pauses ?? [], first, last) : [];
  }, [pauses, points]);
  const sentence = driftSentence(drift);
  return (
    <ModeCard
      id="drift"
      title="Over time"
      {...(sentence ? {} : { sentence: 'Too early: there are not two stretches of time to compare.' })}
    >
      {sentence && (
        <SegmentedControl
          size="xs"
          mt="sm"
          className={styles.views ?? ''}
          aria-label="What is drawn over time"
          value={view}
          onChange={(chosen) => setView(chosen as DriftView)}
          data={driftViews(drift).map((value) => ({ value, label: driftNames[value] }))}
        />
      )}
      {sentence && (
        <ChartPlace height={290}>
          <TimeLinesPlot
            points={points}
            band={band}
            gaps={gaps}
            colours={colours}
            label={label}
            dots
            {...(domain ? { domain } : {})}
            title={driftSentence(drift, view) ?? driftNames[view]}
            fileName={`drift-${view}`}
            caption={caption}
          />
        </ChartPlace>
      )}
    </ModeCard>
  );
}
