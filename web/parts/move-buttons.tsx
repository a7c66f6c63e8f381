import { Button, VisuallyHidden } from '@mantine/core';
import { useId, useState } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import type { LifecycleAction } from '../api/queries.ts';
import { isGrave, type LifecycleStep } from './lifecycle.ts';
import { LifecycleDialog } from './lifecycle-dialog.tsx';
import { lifecycleWords } from './lifecycle-words.ts';
import styles from './move-buttons.module.css';

type Props = { report: Report; steps: LifecycleStep[]; align?: 'start' | 'end' };

/** Buttons that move an experiment, each after a question; one that is off says why. */
export function MoveButtons({ report, steps, align = 'start' }: Props) {
  const id = useId();
  const [asked, setAsked] = useState<LifecycleAction | null>(null);
  const [done, setDone] = useState('');
  const reasons = [...new Set(steps.map(({ reason }) => reason).filter((reason) => reason !== null))];
  const several = steps.filter(({ reason }) => reason === null).length > 0 && reasons.length > 0;
  return (
    <div className={`${styles.buttons} ${align === 'end' ? styles.end : ''}`}>
      <div className={styles.row}>
        {steps.map((step) => (
          <MoveButton
            key={step.action}
            step={step}
            describedBy={step.reason === null ? undefined : `${id}-${reasons.indexOf(step.reason)}`}
            onAsk={setAsked}
          />
        ))}
      </div>
      {reasons.map((reason, place) => (
        <p key={reason} id={`${id}-${place}`} className="muted small">
          {several && steps.length > 1 && `${namesOf(steps, reason)}: `}
          {reason}
        </p>
      ))}
      <VisuallyHidden role="status">{done}</VisuallyHidden>
      <LifecycleDialog
        report={report}
        action={asked}
        onClose={() => setAsked(null)}
        onDone={(action) => {
          setAsked(null);
          setDone(lifecycleWords(action, report.experiment.slot).done);
        }}
      />
    </div>
  );
}

type ButtonProps = {
  step: LifecycleStep;
  describedBy: string | undefined;
  onAsk: (action: LifecycleAction) => void;
};

function MoveButton({ step: { action, label, reason }, describedBy, onAsk }: ButtonProps) {
  const forward = reason === null && (action === 'start' || action === 'resume');
  return (
    <Button
      variant={forward ? 'filled' : 'default'}
      {...(isGrave(action) && reason === null ? { className: styles.grave } : {})}
      disabled={reason !== null}
      aria-describedby={describedBy}
      onClick={() => onAsk(action)}
    >
      {label}
    </Button>
  );
}

const namesOf = (steps: LifecycleStep[], reason: string): string =>
  steps
    .filter((step) => step.reason === reason)
    .map(({ label }) => label)
    .join(', ');
