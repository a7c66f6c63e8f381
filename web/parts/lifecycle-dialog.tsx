import { Button, Modal, NativeSelect } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { experimentsQuery, type LifecycleAction, lifecycleMutation, reportQuery } from '../api/queries.ts';
import { counted } from '../format.ts';
import { lifecycleWords } from './lifecycle.ts';
import styles from './lifecycle-dialog.module.css';
import { ProblemNotice } from './problem-notice.tsx';

type Props = {
  report: Report;
  action: LifecycleAction | null;
  onClose: () => void;
  onDone: (action: LifecycleAction) => void;
};

/** Asks before the life cycle moves; at the end also who answers from then on. */
export function LifecycleDialog({ report, action, onClose, onDone }: Props) {
  const { key, slot } = report.experiment;
  const client = useQueryClient();
  const [promote, setPromote] = useState('');
  const move = useMutation({
    ...lifecycleMutation(key),
    onSuccess: async (_answer, moved) => {
      client.invalidateQueries({ queryKey: experimentsQuery.queryKey });
      await client.invalidateQueries({ queryKey: reportQuery(key).queryKey });
      onDone(moved.action);
    },
  });
  const close = () => {
    if (move.isPending) return;
    move.reset();
    onClose();
  };
  const words = lifecycleWords(action ?? 'start', slot);
  const confirm = () =>
    action && move.mutate(action === 'conclude' && promote !== '' ? { action, promote } : { action });
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
        {action === 'conclude' && <ConcludeChoice report={report} promote={promote} onPromote={setPromote} />}
        {move.isError && <ProblemNotice error={move.error} />}
        <div className={styles.end}>
          <Button variant="default" onClick={close} disabled={move.isPending} data-autofocus>
            Cancel
          </Button>
          <Button onClick={confirm} loading={move.isPending}>
            {words.confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function ConcludeChoice({
  report,
  promote,
  onPromote,
}: {
  report: Report;
  promote: string;
  onPromote: (variant: string) => void;
}) {
  const external = report.phase?.assignment === 'external';
  const challengers = report.variants.filter(({ control }) => !control);
  const champion = report.variants.find(({ control }) => control)?.variant;
  return (
    <>
      {external && <p>Concluding takes the one final look, at everything that has come.</p>}
      {!external && !report.progress?.lookAt && (
        <p className={`${styles.warning} tone-caution`}>
          No final look has been taken: the numbers so far are not fit for this decision.
        </p>
      )}
      {!external && report.progress?.lookAt && looksLeft(report) > 0 && (
        <p className={`${styles.warning} tone-caution`}>
          The plan has {counted(looksLeft(report), 'more look')}. Where no look has crossed its bound, ending now leaves
          the question open.
        </p>
      )}
      <NativeSelect
        label="Champion from now on"
        value={promote}
        onChange={(event) => onPromote(event.currentTarget.value)}
        data={[
          { value: '', label: `Keep ${champion ?? 'the present champion'}` },
          ...challengers.map(({ variant }) => ({ value: variant, label: `Promote ${variant}` })),
        ]}
      />
    </>
  );
}

/** Planned looks that are still to come; none where there is no plan of them. */
function looksLeft({ progress }: Report): number {
  const { planned = null, taken = 0 } = progress?.looks ?? {};
  return planned === null ? 0 : Math.max(0, planned - taken);
}
