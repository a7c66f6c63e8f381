import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Link, Navigate, Outlet, useLocation } from 'react-router';
import type { Session } from '../../server/contract/catalog.ts';
import { sessionQuery, signOutMutation } from '../api/queries.ts';
import { FailureBoundary } from '../parts/failure-boundary.tsx';
import { Mark } from '../parts/icons.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { SchemeToggle } from '../parts/scheme-toggle.tsx';
import styles from './shell.module.css';

/** The frame of every page that needs a session; without one it leads to the sign-in page and back. */
export function Shell() {
  const session = useQuery(sessionQuery);
  const { pathname, search } = useLocation();
  if (session.data === null) {
    const here = pathname + search;
    return <Navigate to={here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <Header session={session.data} />
      <main id="content" className={styles.content} tabIndex={-1}>
        {session.data && (
          <FailureBoundary key={pathname}>
            <Suspense fallback={<PageSkeleton />}>
              <Outlet />
            </Suspense>
          </FailureBoundary>
        )}
        {session.isPending && <PageSkeleton />}
        {session.isError && !session.data && (
          <ProblemNotice error={session.error} onRetry={() => session.refetch()} headed />
        )}
      </main>
    </>
  );
}

function Header({ session }: { session: Session | undefined }) {
  const client = useQueryClient();
  const signOut = useMutation({
    ...signOutMutation,
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
  });
  return (
    <header className={styles.header}>
      <div className={styles.bar}>
        <Link to="/" className={styles.brand} aria-label="Assay: all experiments">
          <Mark />
          Assay
        </Link>
        <nav aria-label="Main" className={styles.nav}>
          <Link to="/catalogue">Metrics</Link>
          <Link to="/planner">Planner</Link>
          <a href="/docs">API reference</a>
        </nav>
        <div className={styles.end}>
          {session && (
            <span className={`${styles.place} muted small`} title={`Signed in with the key “${session.name}”`}>
              {session.project} / {session.environment}
            </span>
          )}
          <SchemeToggle />
          {session && (
            <Button variant="subtle" size="compact-sm" loading={signOut.isPending} onClick={() => signOut.mutate()}>
              Sign out
            </Button>
          )}
        </div>
      </div>
    </header>
  );
}
