import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useParams, useSearchParams } from 'react-router';
import type { Report } from '../../server/contract/report-contract.ts';
import { isMissing, problemOf } from '../api/error-sentence.ts';
import { reportMoves, reportQuery } from '../api/queries.ts';
import { clock } from '../format.ts';
import { DataCard } from '../parts/data-card.tsx';
import { DesignList } from '../parts/design-list.tsx';
import { ExperimentHead } from '../parts/experiment-head.tsx';
import { ExposureCard } from '../parts/exposure-card.tsx';
import { HealthList } from '../parts/health-list.tsx';
import { HistoryCard } from '../parts/history-card.tsx';
import { LiftCard } from '../parts/lift-card.tsx';
import { LiveBanner } from '../parts/live-banner.tsx';
import { LiveStatus } from '../parts/live-status.tsx';
import { LooksCard } from '../parts/looks-card.tsx';
import { MetricsTable } from '../parts/metrics-table.tsx';
import { ModePart } from '../parts/mode-part.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { PastPhaseNotice } from '../parts/past-phase-notice.tsx';
import { hasPlan, PhasesCard } from '../parts/phases-card.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { SegmentsCard } from '../parts/segments-card.tsx';
import { useHashTarget } from '../parts/use-hash-target.ts';
import { useLiftView } from '../parts/use-lift-view.ts';
import { variantColours } from '../parts/variant-colours.ts';
import { VerdictAnnouncer } from '../parts/verdict-announcer.tsx';
import { VerdictCard } from '../parts/verdict-card.tsx';
import styles from './experiment-page.module.css';
import { MissingPage } from './missing-page.tsx';

export default function ExperimentPage() {
  const { key = '' } = useParams();
  const [search] = useSearchParams();
  const query = useQuery(reportQuery(key, search.get('phase')));
  if (query.data) return <ReportView report={query.data} failure={query.isRefetchError ? query.error : null} />;
  if (query.isPending) return <PageSkeleton />;
  if (isMissing(query.error)) return <MissingPage what="experiment" />;
  return <ProblemNotice error={query.error} onRetry={() => query.refetch()} headed />;
}

function ReportView({ report, failure }: { report: Report; failure: Error | null }) {
  const { experiment, variants, metrics, health } = report;
  const colours = useMemo(() => variantColours(variants), [variants]);
  const control = variants.find((variant) => variant.control)?.variant ?? 'control';
  useHashTarget();
  const view = useLiftView(metrics);
  return (
    <div className={styles.page}>
      <title>{`${experiment.name} · Assay`}</title>
      <ExperimentHead report={report} />
      <PastPhaseNotice report={report} />
      <VerdictCard report={report} />
      <VerdictAnnouncer sentence={report.verdict.sentence} />
      <LiveBanner report={report} />
      {report.delivery && <ModePart report={report} colours={colours} />}
      <LiftCard report={report} view={view} control={control} colours={colours} />
      <LooksCard report={report} control={control} colours={colours} />
      {hasPlan(experiment) && <PhasesCard report={report} />}
      <HealthList health={health} />
      {metrics.length > 0 && report.phase && <MetricsTable report={report} view={view} colours={colours} />}
      <SegmentsCard report={report} control={control} colours={colours} />
      {hasExposures(report) && <ExposureCard report={report} colours={colours} />}
      <HistoryCard report={report} />
      <DataCard report={report} />
      <DesignList experiment={experiment} phase={report.phase ?? experiment.phases[0]} metrics={metrics} />
      <Freshness report={report} failure={failure} />
    </div>
  );
}

/** Shadow and interleave phases record comparisons and impressions, which their own parts count. */
const hasExposures = ({ delivery }: Report): boolean =>
  delivery === null || delivery.mode === 'canary' || delivery.mode === 'bandit';

function Freshness({ report, failure }: { report: Report; failure: Error | null }) {
  const { computedAt } = report;
  return (
    <footer className="muted small numbers" aria-live={failure ? 'polite' : 'off'}>
      Computed at {clock(computedAt)}. {reportMoves(report) && !failure && <LiveStatus />}
      {failure &&
        `The last renewal failed: ${problemOf(failure).title.toLowerCase()}. These are the last numbers received.`}
    </footer>
  );
}
