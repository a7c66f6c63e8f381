import { Link } from 'react-router';
import type { Report } from '../../server/contract/report-contract.ts';
import { Icon } from './icons.tsx';
import { modeNames } from './mode-names.ts';
import styles from './notice.module.css';

/** Says that the page shows an earlier phase, and leads back to the present one. */
export function PastPhaseNotice({ report: { experiment, phase } }: { report: Report }) {
  const last = experiment.phases.findLast(({ state }) => state !== 'planned');
  if (!phase || !last || last.position === phase.position) return null;
  const now = last.state === 'running' ? 'runs now' : 'ran last';
  return (
    <p className={`${styles.notice} ${styles.bar} tone-calm`}>
      <Icon name="clock" size={18} />
      <span>
        This is phase {phase.position + 1} ({modeNames[phase.mode]}), which has ended.{' '}
        <Link to={`/experiments/${encodeURIComponent(experiment.key)}`}>
          Phase {last.position + 1} ({modeNames[last.mode]}) {now}.
        </Link>
      </span>
    </p>
  );
}
