import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { type LifecycleAction, type LifecycleMove, lifecycleMutation } from '../api/queries.ts';
import { ConcludeChoice } from './conclude-choice.tsx';
import { isGrave } from './lifecycle.ts';
import styles from './lifecycle-dialog.module.css';
import { lifecycleWords } from './lifecycle-words.ts';
import { moveWarning } from './move-warning.ts';
import { ProblemNotice } from './problem-notice.tsx';

type Props = {
  report: Report;
  action: LifecycleAction | null;
  onClose: () => void;
  onDone: (action: LifecycleAction) => void;
};

/** Asks before the life cycle moves, and why; at the end also who answers from then on. */
export function LifecycleDialog({ report, action, onClose, onDone }: Props) {
  const { key, slot } = report.experiment;
  const [promote, setPromote] = useState('');
  const [reason, setReason] = useState('');
  const move = useMutation(lifecycleMutation(key, slot));
  const close = () => {
    if (move.isPending) return;
    move.reset();
    onClose();
  };
  const words = lifecycleWords(action ?? 'start', slot);
  const warning = action && moveWarning(report, action);
  const needsReason = action === 'hold';
  const confirm = async () => {
    if (!action) return;
    await move.mutateAsync(moveOf(report, action, { promote, reason: reason.trim() })).then(
      () => {
        setReason('');
        onDone(action);
      },
      () => undefined, // The notice tells it.
    );
  };
  return (
    <Modal
      opened={action !== null}
      onClose={close}
      title={<span className={styles.title}>{words.title}</span>}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="stack">
        <p>{words.body}</p>
        {warning && <p className={`${styles.warning} tone-caution`}>{warning}</p>}
        {action === 'conclude' && <ConcludeChoice report={report} promote={promote} onPromote={setPromote} />}
        <Textarea
          label={needsReason ? 'Reason' : 'Reason (optional)'}
          description="Kept in the history, with your name."
          required={needsReason}
          maxLength={500}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {move.isError && <ProblemNotice error={move.error} />}
        <div className={styles.end}>
          <Button variant="default" onClick={close} disabled={move.isPending} data-autofocus>
            Cancel
          </Button>
          <Button
            {...(action && isGrave(action) ? { className: styles.grave } : {})}
            onClick={confirm}
            loading={move.isPending}
            disabled={needsReason && reason.trim() === ''}
          >
            {words.confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** Names the running phase that was on the page, so that two people who press the same button move it once. */
function moveOf(
  { experiment }: Report,
  action: LifecycleAction,
  { promote, reason }: { promote: string; reason: string },
): LifecycleMove {
  const phase = experiment.phases.find(({ state }) => state === 'running')?.position;
  return {
    action,
    ...(action === 'conclude' && promote !== '' ? { promote } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(phase === undefined || action === 'stop-slot' ? {} : { phase }),
  };
}
