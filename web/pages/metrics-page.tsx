import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { Metric } from '../../server/contract/metric-contract.ts';
import { metricsQuery } from '../api/queries.ts';
import { count, counted } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import { capText, catalogueDefinition, kindName, matchesSearch } from '../parts/metric-catalogue-words.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { canPlan } from '../planner/history-texts.ts';
import styles from './metrics-page.module.css';

/** What is measured: every metric with what it means, for those who choose one. */
export default function MetricsPage() {
  const query = useQuery(metricsQuery);
  const [address, setAddress] = useSearchParams();
  if (query.isPending) return <PageSkeleton />;
  const metrics = query.data ?? [];
  const search = address.get('search') ?? '';
  const found = metrics.filter((metric) => matchesSearch(metric, search.trim()));
  return (
    <div className="stack">
      <title>Metrics · Assay</title>
      <div className={styles.top}>
        <div>
          <h1>Metrics</h1>
          {metrics.length > 0 && (
            <p className="muted" aria-live="polite">
              {found.length === metrics.length
                ? counted(metrics.length, 'metric')
                : `${count(found.length)} of ${counted(metrics.length, 'metric')}`}
            </p>
          )}
        </div>
        <div className={styles.tools}>
          {metrics.length > 0 && (
            <TextInput
              type="search"
              aria-label="Search metrics"
              placeholder="Name, key or outcome"
              leftSection={<Icon name="search" size={16} />}
              value={search}
              onChange={({ currentTarget: { value } }) => setAddress(value ? { search: value } : {}, { replace: true })}
            />
          )}
          <Button component={Link} to="/new-metric" variant="default">
            Define a metric
          </Button>
        </div>
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {query.data && metrics.length === 0 && (
        <p className="card">
          No metrics yet. A metric says how what happens to a unit becomes one number;{' '}
          <Link to="/new-metric">define</Link> the first one here, or through the API: its <a href="/docs">reference</a>{' '}
          has every kind.
        </p>
      )}
      {metrics.length > 0 && found.length === 0 && (
        <p className="card">
          No metric has “{search}” in its name, key, outcome or description.{' '}
          <Link to="/catalogue">Show all {count(metrics.length)}</Link>
        </p>
      )}
      {found.length > 0 && (
        <ul className={styles.list}>
          {found.map((metric) => (
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
        <h2>
          <Link to={`/catalogue/${encodeURIComponent(metric.key)}`}>{metric.name}</Link>
        </h2>
        <span className={styles.kind}>{kindName(metric)}</span>
      </div>
      <p>{catalogueDefinition(metric)}</p>
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
