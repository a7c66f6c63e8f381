import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { auditQuery } from '../api/audit-query.ts';
import { filterOf, isFiltered } from '../audit/audit-address.ts';
import { AuditFilterForm } from '../audit/audit-filter-form.tsx';
import { AuditList } from '../audit/audit-list.tsx';
import { counted, zoneName } from '../format.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useAddressForm } from '../planner/use-address-form.ts';
import styles from './audit-page.module.css';

/** Everything that was done, by people, gates and guardrails. */
export default function AuditPage() {
  const [form, change] = useAddressForm();
  // The address follows the typing a moment later: what it holds is asked.
  const [asked] = useSearchParams();
  const filter = filterOf(asked);
  return (
    <div className="stack">
      <title>Audit · Assay</title>
      <div className={styles.head}>
        <div>
          <h1>Audit</h1>
          <p className="muted">
            Everything that was done, newest first, by people and by the gates and guardrails that act as Assay. Times
            are of {zoneName()}.
          </p>
        </div>
        <Button component="a" variant="default" href={`/api/audit.csv?${filter}`} download="audit.csv">
          Export CSV
        </Button>
      </div>
      <AuditFilterForm form={form} change={change} filtered={isFiltered(form)} />
      <Entries key={filter} filter={filter} filtered={isFiltered(asked)} />
    </div>
  );
}

function Entries({ filter, filtered }: { filter: string; filtered: boolean }) {
  const query = useInfiniteQuery(auditQuery(filter));
  if (query.isPending) return <PageSkeleton />;
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && entries.length === 0 && (
        <p className="card">
          {filtered
            ? 'Nothing fits this filter. Widen the time, or show everything.'
            : 'Nothing was done yet. Every change, by whomever, will stand here.'}
        </p>
      )}
      {entries.length > 0 && (
        <section className="card" aria-label="Entries">
          <AuditList entries={entries} />
          <div className={styles.foot}>
            <p role="status" className="muted small">
              {query.hasNextPage
                ? `The latest ${counted(entries.length, 'entry', 'entries')}.`
                : `${counted(entries.length, 'entry', 'entries')}, that is all.`}
            </p>
            {query.hasNextPage && (
              <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                Show older ones
              </Button>
            )}
          </div>
        </section>
      )}
    </>
  );
}
