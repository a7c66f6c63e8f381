import { useQuery } from '@tanstack/react-query';
import type { Home } from '../../server/contract/home-contract.ts';
import { homeQuery } from '../api/home-queries.ts';
import { AttentionList } from '../home/attention-list.tsx';
import { FirstSteps } from '../home/first-steps.tsx';
import { overview } from '../home/home-words.ts';
import { RunningList } from '../home/running-list.tsx';
import { ShortLists } from '../home/short-lists.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** What needs a person now, then what runs. */
export function HomePage() {
  const query = useQuery(homeQuery);
  if (query.isPending) return <PageSkeleton />;
  return (
    <div className="stack">
      <title>Home · Assay</title>
      <div>
        <h1>Home</h1>
        {query.data && !isEmpty(query.data) && <p className="muted">{overview(query.data)}</p>}
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && <Parts home={query.data} />}
    </div>
  );
}

const isEmpty = ({ counts }: Home): boolean => counts.drafts + counts.running + counts.concluded === 0;

function Parts({ home }: { home: Home }) {
  if (isEmpty(home)) return <FirstSteps counts={home.counts} />;
  return (
    <>
      <AttentionList home={home} />
      <RunningList running={home.running} />
      <ShortLists home={home} />
    </>
  );
}
