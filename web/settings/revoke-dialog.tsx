import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ApiKey } from '../../server/contract/catalog.ts';
import { revokeKeyMutation } from '../api/settings-queries.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { kindNames } from './key-words.ts';
import styles from './settings.module.css';

type Props = { doomed: ApiKey | null; onClose: () => void; onDone: () => void };

/** Asks before a key is revoked, which nobody can undo. */
export function RevokeDialog({ doomed, onClose, onDone }: Props) {
  const revoke = useMutation(revokeKeyMutation);
  const close = () => {
    if (revoke.isPending) return;
    revoke.reset();
    onClose();
  };
  return (
    <Modal
      opened={doomed !== null}
      onClose={close}
      title={<strong>Revoke “{doomed?.name}”?</strong>}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="stack">
        {doomed && <p>{kindNames[doomed.kind].revoked} This cannot be undone.</p>}
        {revoke.isError && <ProblemNotice error={revoke.error} />}
        <div className={styles.end}>
          <Button variant="default" onClick={close} disabled={revoke.isPending} data-autofocus>
            Cancel
          </Button>
          <Button
            className={styles.grave ?? ''}
            loading={revoke.isPending}
            onClick={() => doomed && revoke.mutate(doomed.id, { onSuccess: onDone })}
          >
            Revoke key
          </Button>
        </div>
      </div>
    </Modal>
  );
}
