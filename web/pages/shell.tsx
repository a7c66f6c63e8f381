import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { connectLive } from '../api/live.ts';
import { sessionQuery } from '../api/queries.ts';
import { rememberPlace } from '../palette/recent-places.ts';
import { FailureBoundary } from '../parts/failure-boundary.tsx';
import { OfflineBanner } from '../parts/offline-banner.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { SiteHeader } from '../shell/site-header.tsx';
import { usePageFocus } from '../shell/use-page-focus.ts';
import styles from './shell.module.css';

/** The frame of every page that needs a session; without one it leads to the sign-in page and back. */
export function Shell() {
  const session = useQuery(sessionQuery);
  const { pathname, search } = useLocation();
  usePageFocus('content');
  useEffect(() => rememberPlace(pathname), [pathname]);
  const client = useQueryClient();
  const signedIn = Boolean(session.data);
  useEffect(() => (signedIn ? connectLive(client) : undefined), [client, signedIn]);
  if (session.data === null) {
    const here = pathname + search;
    return <Navigate to={here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <SiteHeader session={session.data} />
      <main id="content" className={styles.content} tabIndex={-1}>
        <OfflineBanner />
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
