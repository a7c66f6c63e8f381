import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type SlotMove, slotMutation } from '../api/slot-queries.ts';
import styles from '../parts/lifecycle-dialog.module.css';
import { ProblemNotice } from '../parts/problem-notice.tsx';

export type SlotQuestion = {
  title: string;
  body: string;
  /** Names of what it moves. */
  touches: string[];
  confirm: string;
  grave: boolean;
  move: SlotMove;
};

type Props = {
  slot: string;
  question: SlotQuestion | null;
  onClose: () => void;
  onDone: (question: SlotQuestion) => void;
};

/** Asks before the slot is stopped, goes on or gets another champion, and why. */
export function SlotDialog({ slot, question, onClose, onDone }: Props) {
  const [reason, setReason] = useState('');
  const mutation = useMutation(slotMutation(slot));
  const close = () => {
    if (mutation.isPending) return;
    mutation.reset();
    onClose();
  };
  const missing = reason.trim() === '';
  const confirm = () => {
    if (!question) return;
    mutation.mutate(
      { ...question.move, reason: reason.trim() },
      {
        onSuccess() {
          setReason('');
          onDone(question);
        },
      },
    );
  };
  return (
    <Modal
      opened={question !== null}
      onClose={close}
      title={<span className={styles.title}>{question?.title}</span>}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {question && (
        <div className="stack">
          <p>{question.body}</p>
          {question.touches.length > 0 && (
            <ul>
              {question.touches.map((name) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
          )}
          <Textarea
            label="Reason"
            description="Kept in the history, with your name."
            required
            maxLength={500}
            autosize
            minRows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {mutation.isError && <ProblemNotice error={mutation.error} />}
          <div className={styles.end}>
            <Button variant="default" onClick={close} disabled={mutation.isPending} data-autofocus>
              Cancel
            </Button>
            <Button
              {...(question.grave ? { className: styles.grave } : {})}
              onClick={confirm}
              loading={mutation.isPending}
              disabled={missing}
              aria-describedby={missing ? 'reason-first' : undefined}
            >
              {question.confirm}
            </Button>
          </div>
          {missing && (
            <p id="reason-first" className="muted small">
              Say why first: who looks tomorrow should know.
            </p>
          )}
        </div>
      )}
    </Modal>
  );
}
