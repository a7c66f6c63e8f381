import { Link } from 'react-router';
import type { AuditEntry } from '../../server/contract/audit-contract.ts';
import { dateTime } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { AuditDetail } from './audit-detail.tsx';
import styles from './audit-list.module.css';
import { auditLine, subjectOf } from './audit-words.ts';

const columns = ['Who', 'What', 'On'].map((name) => ({ name, wide: true }));

export function AuditList({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <div className={styles.list}>
      <DataTable
        label="What was done"
        head="When"
        columns={columns}
        rows={entries.map((entry) => ({
          id: String(entry.id),
          head: (
            <time className={styles.time} dateTime={entry.at}>
              {dateTime(entry.at)}
            </time>
          ),
          cells: [
            <strong key="who" className={styles.actor}>
              {entry.actor}
            </strong>,
            <What key="what" entry={entry} />,
            <Subject key="on" subject={entry.subject} />,
          ],
        }))}
      />
    </div>
  );
}

function What({ entry }: { entry: AuditEntry }) {
  const { what, reason, rest } = auditLine(entry);
  return (
    <span className={styles.what}>
      <span>{what}</span>
      {reason && <span className="muted">{reason}</span>}
      {Object.keys(rest).length > 0 && <AuditDetail detail={rest} />}
    </span>
  );
}

function Subject({ subject }: { subject: string }) {
  const { kind, key, to } = subjectOf(subject);
  return (
    <span className={styles.subject}>
      <span className="muted">{kind} </span>
      {to === null ? key : <Link to={to}>{key}</Link>}
    </span>
  );
}
