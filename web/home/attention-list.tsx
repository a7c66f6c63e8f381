import { Link } from 'react-router';
import type { AttentionItem, Home } from '../../server/contract/home-contract.ts';
import { Icon } from '../parts/icons.tsx';
import { Badge } from '../parts/state-badge.tsx';
import styles from './attention-list.module.css';
import { attentionLooks, causeAddress, sinceText } from './home-words.ts';

/** What needs a person now, most urgent first; each leads to its cause. */
export function AttentionList({ home }: { home: Home }) {
  const { attention, computedAt } = home;
  return (
    <section className="card" aria-labelledby="attention">
      <h2 id="attention">Needs a person</h2>
      {attention.length === 0 ? (
        <p className={`${styles.calm} tone-good`}>
          <Icon name="check" size={18} />
          <span>No rollback, no alarm, and nothing waits for a decision.</span>
        </p>
      ) : (
        <ul className={styles.list}>
          {attention.map((item) => (
            <AttentionEntry key={`${item.kind} ${item.experiment.key} ${item.sentence}`} item={item} now={computedAt} />
          ))}
        </ul>
      )}
    </section>
  );
}

function AttentionEntry({ item, now }: { item: AttentionItem; now: string }) {
  const { kind, experiment, slot, sentence, since } = item;
  const look = attentionLooks[kind];
  return (
    <li className={`${styles.item} ${look.tone}`}>
      <Badge look={look} />
      <div className={styles.words}>
        <p>
          <Link to={causeAddress(item)} className={styles.name}>
            {experiment.name}
          </Link>{' '}
          <span className="muted small">
            slot <code>{slot}</code>
          </span>
        </p>
        <p>{sentence}</p>
        {since && (
          <p className="muted small numbers">
            <time dateTime={since}>{sinceText(since, now)}</time>
          </p>
        )}
      </div>
    </li>
  );
}
