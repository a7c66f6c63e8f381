import type { Experiment } from '../../server/contract/catalog.ts';
import { Icon } from './icons.tsx';
import styles from './state-badge.module.css';
import { type Look, stateLooks } from './tones.ts';

/** A state as a word, a colour and an icon. */
export function Badge({ look: { label, tone, icon } }: { look: Look }) {
  return (
    <span className={`${styles.badge} ${tone}`}>
      <Icon name={icon} size={13} />
      {label}
    </span>
  );
}

export const StateBadge = ({ state }: { state: Experiment['state'] }) => <Badge look={stateLooks[state]} />;
