import { Button, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import type { LifecycleAction } from '../api/queries.ts';
import { lifecycleSteps, lifecycleWords } from './lifecycle.ts';
import styles from './lifecycle-buttons.module.css';
import { LifecycleDialog } from './lifecycle-dialog.tsx';

export function LifecycleButtons({ report }: { report: Report }) {
  const { experiment } = report;
  const [asked, setAsked] = useState<LifecycleAction | null>(null);
  const [done, setDone] = useState('');
  const steps = lifecycleSteps(experiment);
  const reason = steps.find((step) => step.reason !== null)?.reason;
  const forward = (action: LifecycleAction) => action === 'start' || action === 'resume';
  return (
    <div className={styles.buttons}>
      <div className={styles.row}>
        {steps.map(({ action, label, reason: why }) => (
          <Button
            key={action}
            variant={forward(action) && why === null ? 'filled' : 'default'}
            disabled={why !== null}
            aria-describedby={why === null ? undefined : 'lifecycle-reason'}
            onClick={() => setAsked(action)}
          >
            {label}
          </Button>
        ))}
      </div>
      {reason && (
        <p id="lifecycle-reason" className="muted small">
          {reason}
        </p>
      )}
      <VisuallyHidden role="status">{done}</VisuallyHidden>
      <LifecycleDialog
        report={report}
        action={asked}
        onClose={() => setAsked(null)}
        onDone={(action) => {
          setAsked(null);
          setDone(lifecycleWords(action, experiment.slot).done);
        }}
      />
    </div>
  );
}
