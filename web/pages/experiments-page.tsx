import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { experimentsQuery } from '../api/queries.ts';
import { count, counted, dateOnly, NONE } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import { modeNames } from '../parts/mode-names.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { verdictLooks } from '../parts/tones.ts';
import styles from './experiments-page.module.css';

export function ExperimentsPage() {
  const query = useQuery(experimentsQuery);
  if (query.isPending) return <PageSkeleton />;
  return (
    <div className="stack">
      <title>Experiments · Assay</title>
      <div>
        <h1>Experiments</h1>
        {query.data && query.data.length > 0 && <p className="muted">{overview(query.data)}</p>}
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && (query.data.length === 0 ? <NoExperiments /> : <ExperimentTable experiments={query.data} />)}
    </div>
  );
}

function overview(experiments: ExperimentSummary[]): string {
  const running = experiments.filter((experiment) => experiment.state === 'running').length;
  return `${counted(experiments.length, 'experiment')}, ${running === 0 ? 'none' : count(running)} running`;
}

const order: Record<ExperimentSummary['state'], number> = { running: 0, paused: 1, draft: 2, concluded: 3 };

/** What needs eyes first; within a state the newest. */
const byUrgency = (a: ExperimentSummary, b: ExperimentSummary) =>
  order[a.state] - order[b.state] ||
  (b.startedAt ?? '').localeCompare(a.startedAt ?? '') ||
  a.name.localeCompare(b.name);

function ExperimentTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <div className={`${styles.frame} card`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">Verdict</th>
            <th scope="col" className={styles.right}>
              Units
            </th>
            <th scope="col" className={styles.right}>
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {experiments.toSorted(byUrgency).map((experiment) => (
            <ExperimentRow key={experiment.key} experiment={experiment} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExperimentRow({ experiment }: { experiment: ExperimentSummary }) {
  const { tone, icon } = verdictLooks[experiment.verdict.kind];
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Link to={`/experiments/${encodeURIComponent(experiment.key)}`}>{experiment.name}</Link>
        <span className="muted small">
          slot <code>{experiment.slot}</code>
          {isMode(experiment.mode) && `, ${modeNames[experiment.mode]}`}
        </span>
      </th>
      <td>
        <StateBadge state={experiment.state} />
      </td>
      <td className={styles.verdict}>
        <span className={tone}>
          <Icon name={icon} size={17} />
          <span>{experiment.verdict.sentence}</span>
        </span>
      </td>
      <td className={`${styles.right} numbers`} data-label="Units">
        {count(experiment.units)}
      </td>
      <td className={`${styles.right} numbers`} data-label="Started">
        {experiment.startedAt ? dateOnly(experiment.startedAt) : NONE}
      </td>
    </tr>
  );
}

const isMode = (mode: string | null): mode is keyof typeof modeNames => mode !== null && mode in modeNames;

function NoExperiments() {
  return (
    <div className={`${styles.empty} card`}>
      <h2>No experiments yet</h2>
      <p className="muted">
        An experiment compares the variants of one slot, a place in a service where a model answers.
      </p>
      <ol>
        <li>Describe the slot, its variants and the metrics that count, through the API.</li>
        <li>Create an experiment on the slot. It appears here as a draft, ready to start.</li>
        <li>Call the slot from your service with the SDK; units and outcomes arrive by themselves.</li>
      </ol>
      <p>
        The <a href="/docs">API reference</a> has every request with an example. To see filled pages first, run{' '}
        <code>npm run demo</code>.
      </p>
    </div>
  );
}
