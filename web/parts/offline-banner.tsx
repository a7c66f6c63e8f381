import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { Icon } from './icons.tsx';
import styles from './notice.module.css';

/** Without a network nothing is asked: what was received stays, and says how old it may be. */
export function OfflineBanner() {
  const online = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  );
  return (
    <div role="status">
      {!online && (
        <div className={`${styles.notice} ${styles.bar} ${styles.afloat} tone-caution`}>
          <Icon name="warning" size={18} />
          <p>You are offline. What you see is what came last; it is renewed by itself once you are back.</p>
        </div>
      )}
    </div>
  );
}
