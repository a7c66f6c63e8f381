import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Reign } from '../../server/contract/slot-contract.ts';
import { championsQuery } from '../api/slot-queries.ts';
import historyStyles from '../parts/history-card.module.css';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { reignText, reignTimes } from './slot-words.ts';

/** Who was champion from when to when, by whose choice, why, and by which experiment. */
export function ChampionsCard({ slot }: { slot: string }) {
  const query = useQuery(championsQuery(slot));
  const now = new Date(query.dataUpdatedAt).toISOString();
  return (
    <section className="card" aria-labelledby="champions">
      <h2 id="champions">Champions so far</h2>
      {query.isError && !query.data && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.length === 0 && <p className="muted">Nothing is known of earlier champions.</p>}
      <ol className={historyStyles.list}>
        {query.data?.map((reign) => (
          <ReignItem key={reign.from} reign={reign} now={now} />
        ))}
      </ol>
    </section>
  );
}

function ReignItem({ reign, now }: { reign: Reign; now: string }) {
  const { variant, experiment, reason } = reign;
  return (
    <li className={historyStyles.entry}>
      <strong className="mono">{variant}</strong>
      <div>
        <p className="muted small numbers">{reignTimes(reign, now)}</p>
        <p>
          {reignText(reign)}
          {!reign.first && experiment && (
            <>
              {' '}
              at the end of <Link to={`/experiments/${encodeURIComponent(experiment.key)}`}>{experiment.name}</Link>
            </>
          )}
          {!reign.first && !experiment && ' by hand'}
          {!reign.first && '.'}
        </p>
        {reason && <p className="small">{reason}</p>}
      </div>
    </li>
  );
}
