import { SegmentedControl } from '@mantine/core';
import { lazy, useMemo } from 'react';
import type { Phase } from '../../server/contract/phase-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import type { UnitPlan } from '../charts/exposure-series.ts';
import { bucketName, counted } from '../format.ts';
import { useAddressValue } from './address-value.ts';
import { ChartPlace } from './chart-place.tsx';
import styles from './exposure-card.module.css';
import { CallsTable, hasCalls, VariantsTable } from './variants-table.tsx';

/** The same each time, so that nothing is drawn again for it. */
const NO_PAUSES: Phase['pauses'] = [];

const ExposurePlot = lazy(() => import('../charts/exposure-plot.tsx'));

/** Is traffic arriving, evenly and as planned? */
export function ExposureCard({ report, colours }: { report: Report; colours: Map<string, string> }) {
  const { exposures, variants, experiment } = report;
  const total = variants.reduce((sum, { units }) => sum + units, 0);
  const [mode, show] = useAddressValue('exposures', 'cumulative');
  const cumulative = mode !== 'new';
  const plan = useMemo(() => planOf(report), [report]);
  const names = useMemo(() => variants.map(({ variant }) => variant), [variants]);
  const empty = exposures.points.length === 0;
  const buckets = new Set(exposures.points.map(({ at }) => at)).size;
  return (
    <section className="card" aria-labelledby="exposures">
      <div className={styles.head}>
        <h2 id="exposures">Exposures: {counted(total, 'unit')}</h2>
        {buckets > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="What the chart counts"
            value={cumulative ? 'cumulative' : 'new'}
            onChange={show}
            data={[
              { value: 'cumulative', label: 'All so far' },
              { value: 'new', label: `New per ${bucketName(exposures.bucketSeconds)}` },
            ]}
          />
        )}
      </div>
      {empty && <p className="muted">{emptySentence(report)}</p>}
      <div className={empty ? undefined : styles.pair}>
        {!empty && (
          <div>
            <ChartPlace height={260}>
              <ExposurePlot
                exposures={exposures}
                variants={names}
                colours={colours}
                cumulative={cumulative && buckets > 1}
                plan={plan}
                running={experiment.state === 'running'}
                pauses={report.phase?.pauses ?? NO_PAUSES}
              />
            </ChartPlace>
          </div>
        )}
        {variants.length > 0 && <VariantsTable variants={variants} colours={colours} weights={weightsName(report)} />}
      </div>
      {hasCalls(variants) && (
        <>
          <h3 className={styles.calls}>Calls made through the SDK</h3>
          <CallsTable variants={variants} colours={colours} />
        </>
      )}
    </section>
  );
}

/** Of an A/B phase; the plans of other modes are told by their own parts. */
function planOf({ phase, progress, delivery }: Report): UnitPlan {
  if (delivery || !phase) return { start: null, units: null, end: null };
  return {
    start: phase.startedAt ? new Date(phase.startedAt) : null,
    units: progress?.plannedUnits ?? null,
    end: progress?.plannedEndAt ? new Date(progress.plannedEndAt) : null,
  };
}

/** Weights that change with steps or epochs are told as they are, or as they were last. */
function weightsName({ delivery, experiment, phase }: Report): 'Planned' | 'Weight now' | 'Last weight' {
  if (delivery === null) return 'Planned';
  return experiment.state === 'running' && phase?.state === 'running' ? 'Weight now' : 'Last weight';
}

function emptySentence({ experiment }: Report): string {
  if (experiment.state === 'draft')
    return 'No units yet: they arrive once the experiment is started and the service calls the slot.';
  return `No units yet. They arrive when the service calls the slot “${experiment.slot}” with the SDK and a key of this environment.`;
}
