import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { ApiKey } from '../../server/contract/catalog.ts';
import { keysQuery } from '../api/settings-queries.ts';
import { dateTime } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { KeyForm } from './key-form.tsx';
import { kindNames } from './key-words.ts';
import { RevokeDialog } from './revoke-dialog.tsx';
import styles from './settings.module.css';

/** Who may come in: services and people, each by a key of their own. */
export function KeysCard() {
  const query = useQuery(keysQuery);
  const [doomed, setDoomed] = useState<ApiKey | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const keys = query.data ?? [];
  return (
    <section className="card stack" aria-labelledby="keys">
      <div>
        <h2 id="keys" ref={title} tabIndex={-1}>
          Keys
        </h2>
        <p className="muted">
          A service shows an SDK key, a person or a tool an admin key. The server keeps only their hashes and does not
          record when one was last used.
        </p>
      </div>
      {query.isPending && <Skeleton height={120} radius={8} />}
      {query.isError && !query.data && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && keys.length === 0 && <p>No keys yet. Make one for each service and each person.</p>}
      {keys.length > 0 && <KeyTable keys={keys} onRevoke={setDoomed} />}
      {query.data && (
        <>
          <h3>New key</h3>
          <KeyForm />
        </>
      )}
      <RevokeDialog
        doomed={doomed}
        onClose={() => setDoomed(null)}
        onDone={() => {
          setDoomed(null);
          // The button that opened the dialog is gone with its row.
          requestAnimationFrame(() => title.current?.focus());
        }}
      />
    </section>
  );
}

function KeyTable({ keys, onRevoke }: { keys: ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  return (
    <DataTable
      label="Keys"
      head="Name"
      columns={['Kind', 'Begins with', 'Made', 'Revoke'].map((name) => ({ name, wide: true }))}
      rows={keys.map((key) => ({
        id: String(key.id),
        head: <span className={styles.keyName}>{key.name}</span>,
        cells: [
          kindNames[key.kind].name,
          <code key="prefix">{key.prefix}…</code>,
          dateTime(key.createdAt),
          <Button
            key="revoke"
            size="xs"
            variant="default"
            onClick={() => onRevoke(key)}
            aria-label={`Revoke ${key.name}`}
          >
            Revoke
          </Button>,
        ],
      }))}
    />
  );
}
