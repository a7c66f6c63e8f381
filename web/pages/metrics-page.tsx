import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Metric } from '../../server/contract/metric-contract.ts';
import { metricsQuery } from '../api/queries.ts';
import { counted } from '../format.ts';
import { capText, kindName } from '../parts/metric-catalogue-words.ts';
import { definition } from '../parts/metric-words.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { canPlan } from '../planner/history-texts.ts';
import styles from './metrics-page.module.css';

/** What is measured: every metric with what it means, for those who choose one. */
export default function MetricsPage() {
  const query = useQuery(metricsQuery);
  if (query.isPending) return <PageSkeleton />;
  const metrics = query.data ?? [];
  return (
    <div className="stack">
      <title>Metrics · Assay</title>
      <div>
        <h1>Metrics</h1>
        {metrics.length > 0 && <p className="muted">{counted(metrics.length, 'metric')}</p>}
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && metrics.length === 0 && (
        <p className="card">
          No metrics yet. Define them through the API; the <a href="/docs">API reference</a> has every kind with an
          example.
        </p>
      )}
      {metrics.length > 0 && (
        <ul className={styles.list}>
          {metrics.map((metric) => (
            <MetricCard
              key={metric.key}
              metric={metric}
              business={metrics.find(({ key }) => key === metric.proxyFor)?.name ?? metric.proxyFor}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function MetricCard({ metric, business }: { metric: Metric; business: string | null }) {
  const cap = capText(metric);
  return (
    <li className={`${styles.metric} card`}>
      <div className={styles.head}>
        <h2>{metric.name}</h2>
        <span className={styles.kind}>{kindName(metric)}</span>
      </div>
      <p>
        {definition({
          ...metric,
          denominator: metric.denominator?.outcome ?? null,
          denominatorAggregate: metric.denominator?.aggregate ?? null,
          latenessSeconds: 0,
        })}
      </p>
      {cap && <p>{cap}</p>}
      {business && <p>Stands for “{business}” while an experiment runs.</p>}
      {metric.description && <p className="muted">{metric.description}</p>}
      <p className={`${styles.end} muted small`}>
        <code>{metric.key}</code>
        {canPlan(metric) && <Link to={`/planner?metric=${encodeURIComponent(metric.key)}`}>Plan an experiment</Link>}
      </p>
    </li>
  );
}
