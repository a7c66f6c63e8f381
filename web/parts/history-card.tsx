import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { historyQuery, reportMoves } from '../api/queries.ts';
import { AuditDetail } from '../audit/audit-detail.tsx';
import { dateTime } from '../format.ts';
import styles from './history-card.module.css';
import { historyLine } from './history-words.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** As many as tell what happened of late. */
const SHORT = 6;

/** Who moved or edited the experiment, when and why; newest first. */
export function HistoryCard({ report }: { report: Report }) {
  const query = useQuery(historyQuery(report.experiment.key, reportMoves(report)));
  const [all, showAll] = useState(false);
  const entries = query.data ?? [];
  const shown = all ? entries : entries.slice(0, SHORT);
  return (
    <section className="card" aria-labelledby="history">
      <h2 id="history">History</h2>
      {query.isError && !query.data && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && entries.length === 0 && <p className="muted">Nothing has happened to it yet.</p>}
      <ol className={styles.list}>
        {shown.map((entry) => (
          <HistoryItem key={`${entry.at} ${entry.action}`} entry={entry} />
        ))}
      </ol>
      {entries.length > SHORT && (
        <Button size="xs" variant="default" mt="sm" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? 'Show the latest' : `Show all ${entries.length}`}
        </Button>
      )}
    </section>
  );
}

function HistoryItem({ entry }: { entry: HistoryEntry }) {
  const { what, reason, numbers } = historyLine(entry);
  return (
    <li className={styles.entry}>
      <time className="muted small numbers" dateTime={entry.at}>
        {dateTime(entry.at)}
      </time>
      <div>
        <p>
          <strong className={styles.actor}>{entry.actor}</strong> {what}
        </p>
        {reason && <p className="small">{reason}</p>}
        {numbers && <AuditDetail detail={numbers} />}
      </div>
    </li>
  );
}
