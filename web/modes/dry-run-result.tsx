import type { DryRun } from '../../server/contract/canary-plan-contract.ts';
import { dateTime } from '../format.ts';
import { Badge } from '../parts/state-badge.tsx';
import type { Look } from '../parts/tones.ts';
import styles from './ramp-trial-dialog.module.css';

const looks: Record<DryRun['actions'][number]['kind'], Look> = {
  roll_back: { label: 'Rolls back', tone: 'tone-bad', icon: 'cross' },
  advance: { label: 'Next step', tone: 'tone-good', icon: 'check' },
  finish: { label: 'Complete', tone: 'tone-good', icon: 'flag' },
};

/** What a policy would have done, action by action, and what a replay cannot know. */
export function DryRunResult({ run: { sentence, actions, notes } }: { run: DryRun }) {
  return (
    <section aria-label="What it would have done" className={styles.result}>
      <p role="status">{sentence}</p>
      <ol className={styles.actions}>
        {actions.map(({ at, kind, step, dataStep, sentence: why }) => (
          <li key={`${at} ${kind} ${step}`}>
            <span className="muted small numbers">{dateTime(at)}</span>
            <span>
              <Badge look={looks[kind]} /> at step {step}
              {dataStep !== step && `, while step ${dataStep} ran`}: {why}
            </span>
          </li>
        ))}
      </ol>
      {notes.map((note) => (
        <p key={note} className="muted small">
          {note}
        </p>
      ))}
    </section>
  );
}
