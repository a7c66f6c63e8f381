import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ExperimentSummary, Report } from '../../server/contract/report-contract.ts';
import { reportQuery } from '../api/queries.ts';
import { Icon } from '../parts/icons.tsx';
import { PhaseStepper } from '../parts/phase-stepper.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { verdictLooks } from '../parts/tones.ts';
import styles from './plan-card.module.css';

/** An experiment of the slot: where its plan stands, and the reasons on each gate. */
export function PlanCard({ experiment }: { experiment: ExperimentSummary }) {
  const query = useQuery(reportQuery(experiment.key, null));
  const id = `plan-${experiment.key}`;
  return (
    <section className="card" aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>
          <Link to={`/experiments/${encodeURIComponent(experiment.key)}`}>{experiment.name}</Link>
        </h2>
        <StateBadge state={experiment.state} />
      </div>
      {query.isError && !query.data && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && <Skeleton height={180} mt="sm" radius={8} />}
      {query.data && <Plan report={query.data} />}
    </section>
  );
}

function Plan({ report }: { report: Report }) {
  const { experiment, phase, gate, verdict, computedAt } = report;
  const current = phase?.state === 'running' ? gate : null;
  const { tone, icon } = verdictLooks[verdict.kind];
  return (
    <>
      <p className={`${styles.verdict} ${tone}`}>
        <Icon name={icon} size={17} />
        <span>{verdict.sentence}</span>
      </p>
      <PhaseStepper experiment={experiment} gate={current} now={computedAt} />
    </>
  );
}
