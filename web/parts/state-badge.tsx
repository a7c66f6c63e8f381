import type { Experiment } from '../../server/contract/catalog.ts';
import { Icon } from './icons.tsx';
import styles from './state-badge.module.css';
import { stateLooks } from './tones.ts';

export function StateBadge({ state }: { state: Experiment['state'] }) {
  const { label, tone, icon } = stateLooks[state];
  return (
    <span className={`${styles.badge} ${tone}`}>
      <Icon name={icon} size={13} />
      {label}
    </span>
  );
}
