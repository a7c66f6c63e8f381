import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { readinessQuery, serverFactsQuery } from '../api/settings-queries.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Badge } from '../parts/state-badge.tsx';
import type { Look } from '../parts/tones.ts';
import { serverFactLines } from './server-words.ts';
import styles from './settings.module.css';

/** Whether the server is well, and what it was told at its start. */
export function ServerCard() {
  const facts = useQuery(serverFactsQuery);
  return (
    <section className="card stack" aria-labelledby="server">
      <div className={styles.head}>
        <h2 id="server">Server</h2>
        <Readiness />
      </div>
      {facts.isPending && <Skeleton height={160} radius={8} />}
      {facts.isError && !facts.data && <ProblemNotice error={facts.error} onRetry={() => facts.refetch()} />}
      {facts.data && (
        <dl className={styles.facts}>
          {serverFactLines(facts.data, facts.dataUpdatedAt).map(([name, text]) => (
            <div key={name}>
              <dt className="muted">{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="muted small">
        These are set by environment variables when the server starts; docs/configuration.md has them all.
      </p>
    </section>
  );
}

const looks = {
  taken: { label: 'Ready, takes events', tone: 'tone-good', icon: 'check' },
  disk_full: { label: 'Disk full: no events are taken', tone: 'tone-bad', icon: 'warning' },
  away: { label: 'Not ready', tone: 'tone-bad', icon: 'warning' },
} as const satisfies Record<string, Look>;

function Readiness() {
  const { data, isError, isPending } = useQuery(readinessQuery);
  if (isPending) return null;
  return (
    <span role="status">
      <Badge look={isError || !data ? looks.away : looks[data.events]} />
    </span>
  );
}
