import { Link } from 'react-router';
import type { Home } from '../../server/contract/home-contract.ts';
import { dateOnly } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import { verdictLooks } from '../parts/tones.ts';
import styles from './short-lists.module.css';

/** What is drafted, and what was decided of late. */
export function ShortLists({ home }: { home: Home }) {
  return (
    <div className={styles.beside}>
      <section className="card" aria-labelledby="drafts">
        <h2 id="drafts">Drafts</h2>
        {home.drafts.length === 0 && <p className="muted">No draft waits.</p>}
        <ul className={styles.list}>
          {home.drafts.map(({ key, name, slot, createdAt }) => (
            <li key={key}>
              <ExperimentLink to={key} name={name} />
              <p className="muted small">
                on <code>{slot}</code>, drafted {dateOnly(createdAt)}
              </p>
            </li>
          ))}
        </ul>
        {home.counts.drafts > home.drafts.length && (
          <Link to="/experiments?state=draft" className={`${styles.all} small`}>
            All {home.counts.drafts} drafts
          </Link>
        )}
      </section>
      <section className="card" aria-labelledby="decided">
        <h2 id="decided">Recently decided</h2>
        {home.decided.length === 0 && <p className="muted">Nothing has been concluded yet.</p>}
        <ul className={styles.list}>
          {home.decided.map((one) => (
            <DecidedItem key={one.key} one={one} />
          ))}
        </ul>
        {home.counts.concluded > home.decided.length && (
          <Link to="/experiments?state=concluded" className={`${styles.all} small`}>
            All {home.counts.concluded} concluded experiments
          </Link>
        )}
      </section>
    </div>
  );
}

function DecidedItem({ one: { key, name, slot, concludedAt, promoted, verdict } }: { one: Home['decided'][number] }) {
  const look = verdict && verdictLooks[verdict.kind];
  return (
    <li>
      <ExperimentLink to={key} name={name} />
      <p className="muted small">
        {dateOnly(concludedAt)}:{' '}
        {promoted ? (
          <>
            promoted <code>{promoted}</code>
          </>
        ) : (
          'the champion stayed'
        )}{' '}
        on <code>{slot}</code>
      </p>
      {verdict && look && (
        <p className={`${styles.verdict} ${look.tone} small`}>
          <Icon name={look.icon} size={15} />
          <span>{verdict.sentence}</span>
        </p>
      )}
    </li>
  );
}

const ExperimentLink = ({ to, name }: { to: string; name: string }) => (
  <Link to={`/experiments/${encodeURIComponent(to)}`} className={styles.name}>
    {name}
  </Link>
);
