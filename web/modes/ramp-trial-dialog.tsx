import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { type CanarySettings, canaryPlanMutation, dryRunMutation, saveRampMutation } from '../api/canary-queries.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { DryRunResult } from './dry-run-result.tsx';
import { RampFields } from './ramp-fields.tsx';
import { RampPlanTable } from './ramp-plan-table.tsx';
import { guardrailName, type RampTrial, settingsOf, trialOf } from './ramp-trial.ts';
import styles from './ramp-trial-dialog.module.css';

type Props = { experiment: Experiment; phase: Phase; opened: boolean; onClose: () => void };

/** Another ramp: what it would need, what it would have done, and where it can be saved. */
export default function RampTrialDialog({ experiment, phase, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="56rem"
      title={<span className={styles.title}>Check a ramp: phase {phase.position + 1}</span>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {phase.canary && <TrialForm experiment={experiment} phase={phase} base={phase.canary} onClose={onClose} />}
    </Modal>
  );
}

type FormProps = Omit<Props, 'opened'> & { base: CanarySettings };

function TrialForm({ experiment, phase, base, onClose }: FormProps) {
  const [trial, setTrial] = useState(() => trialOf(base));
  const [wrong, setWrong] = useState<string | null>(null);
  /** What was checked last: only that may be saved. */
  const [checked, setChecked] = useState<RampTrial | null>(null);
  const plan = useMutation(canaryPlanMutation(experiment));
  const replay = useMutation(dryRunMutation(experiment.key, phase.position));
  const save = useMutation(saveRampMutation(experiment.key, phase));
  const ask = (mutate: (settings: CanarySettings) => void) => {
    const read = settingsOf(trial, base);
    setWrong('wrong' in read ? read.wrong : null);
    if ('settings' in read) mutate(read.settings);
  };
  const check = (event: FormEvent) => {
    event.preventDefault();
    ask((settings) => plan.mutate(settings, { onSuccess: () => setChecked(trial) }));
  };
  const problem = [plan, replay, save].find(({ isError }) => isError)?.error;
  return (
    <form onSubmit={check} aria-label="Another ramp" className={styles.form}>
      <p>Nothing changes before it is saved. Traffic and error rate are those that the slot has now.</p>
      <RampFields trial={trial} onChange={setTrial} />
      {wrong && (
        <p role="alert" className={styles.wrong}>
          {wrong}
        </p>
      )}
      {problem && <ProblemNotice error={problem} />}
      <div className={styles.buttons}>
        <Button type="submit" loading={plan.isPending}>
          Check the plan
        </Button>
        <ReplayButton
          phase={phase}
          busy={replay.isPending}
          onReplay={() => ask((settings) => replay.mutate(settings))}
        />
        {phase.state === 'planned' && (
          <SaveButton
            phase={phase}
            reason={saveObstacle(checked === trial ? (plan.data?.problems ?? null) : null)}
            busy={save.isPending}
            onSave={() => ask((settings) => save.mutate(settings, { onSuccess: onClose }))}
          />
        )}
      </div>
      {plan.data && (
        <section aria-label="What the plan needs" className={styles.result}>
          <p role="status">{plan.data.sentence}</p>
          {plan.data.problems.length > 0 && (
            <ul>
              {plan.data.problems.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          )}
          <RampPlanTable
            plan={plan.data}
            names={base.guardrails.map(guardrailName)}
            label="What this ramp would need"
          />
        </section>
      )}
      {replay.data && <DryRunResult run={replay.data} />}
    </form>
  );
}

/** Why it cannot be saved yet; null: it can. */
function saveObstacle(problems: string[] | null): string | null {
  if (problems === null) return 'Check the plan first: what is saved is what was checked.';
  return problems.length > 0 ? 'The server would refuse it, for what the check says below.' : null;
}

function ReplayButton({ phase, busy, onReplay }: { phase: Phase; busy: boolean; onReplay: () => void }) {
  const idle = phase.startedAt === null;
  return (
    <span className={styles.choice}>
      <Button
        variant="default"
        loading={busy}
        disabled={idle}
        aria-describedby={idle ? 'no-replay' : undefined}
        onClick={onReplay}
      >
        Replay on this phase
      </Button>
      {idle && (
        <span id="no-replay" className="muted small">
          This phase has not run: there is nothing to replay.
        </span>
      )}
    </span>
  );
}

type SaveProps = { phase: Phase; reason: string | null; busy: boolean; onSave: () => void };

function SaveButton({ phase, reason, busy, onSave }: SaveProps) {
  return (
    <span className={styles.choice}>
      <Button
        variant="default"
        loading={busy}
        disabled={reason !== null}
        aria-describedby={reason ? 'no-save' : undefined}
        onClick={onSave}
      >
        Save into phase {phase.position + 1}
      </Button>
      {reason && (
        <span id="no-save" className="muted small">
          {reason}
        </span>
      )}
    </span>
  );
}
