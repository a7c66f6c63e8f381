import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { Link, useParams } from 'react-router';
import type { Metric } from '../../server/contract/metric-contract.ts';
import { metricHistoryQuery, metricsQuery } from '../api/queries.ts';
import { ReSplitCard } from '../parts/a-a-card.tsx';
import { ChartPlace } from '../parts/chart-place.tsx';
import { CodeCard } from '../parts/code-card.tsx';
import { Icon } from '../parts/icons.tsx';
import { capText, catalogueDefinition, filterTexts, kindName, metricJson } from '../parts/metric-catalogue-words.ts';
import { MetricUsesCard } from '../parts/metric-uses-card.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { canPlan } from '../planner/history-texts.ts';
import styles from './metric-page.module.css';
import { MissingPage } from './missing-page.tsx';

const MetricHistoryPlot = lazy(() => import('../charts/metric-history-plot.tsx'));
const PastEffectsPlot = lazy(() => import('../charts/past-effects-plot.tsx'));

/** One metric: what it means, what it was like, where it is used, and whether its test can be trusted. */
export default function MetricPage() {
  const { key = '' } = useParams();
  const query = useQuery(metricsQuery);
  if (query.isPending) return <PageSkeleton />;
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => query.refetch()} headed />;
  const metric = query.data.find((one) => one.key === key);
  if (!metric) return <MissingPage what="metric" />;
  return (
    <div className="stack" key={metric.key}>
      <title>{`${metric.name} · Assay`}</title>
      <MetricHeader metric={metric} all={query.data} />
      <HistoryPart metric={metric} />
      <ReSplitCard metric={metric} />
      <MetricUsesCard metric={metric} />
      <CodeCard id="definition" title="Definition as JSON" code={JSON.stringify(metricJson(metric), null, 2)}>
        As <a href="/docs">POST /api/metrics</a> takes it. A metric never changes once it is defined.
      </CodeCard>
    </div>
  );
}

function MetricHeader({ metric, all }: { metric: Metric; all: Metric[] }) {
  const business = all.find(({ key }) => key === metric.proxyFor);
  const proxies = all.filter(({ proxyFor }) => proxyFor === metric.key);
  const cap = capText(metric);
  return (
    <header className={styles.head}>
      <Link to="/catalogue" className={`${styles.back} muted small`}>
        <Icon name="back" size={14} />
        Metrics
      </Link>
      <div className={styles.name}>
        <h1>{metric.name}</h1>
        <span className={styles.kind}>{kindName(metric)}</span>
      </div>
      <p>{catalogueDefinition(metric)}</p>
      {filterTexts(metric).map((text) => (
        <p key={text}>{text}</p>
      ))}
      {cap && <p>{cap}</p>}
      {business && (
        <p>
          Stands for <Link to={`/catalogue/${business.key}`}>{business.name}</Link> while an experiment runs.
        </p>
      )}
      {proxies.map((proxy) => (
        <p key={proxy.key}>
          <Link to={`/catalogue/${proxy.key}`}>{proxy.name}</Link> stands for it while an experiment runs.
        </p>
      ))}
      {metric.independentOfAnswer && <p>It is the same whatever answer was shown, so it can judge shadow answers.</p>}
      {metric.description && <p className="muted">{metric.description}</p>}
      <p className="small">
        <span className="muted">Key</span> <code>{metric.key}</code>
      </p>
      <div className={styles.plan}>
        {canPlan(metric) ? (
          <Button component={Link} size="xs" variant="default" to={`/planner?metric=${encodeURIComponent(metric.key)}`}>
            Plan an experiment
          </Button>
        ) : (
          <>
            <Button size="xs" variant="default" disabled>
              Plan an experiment
            </Button>
            <span className="muted small">No formula knows the size of an experiment on a metric of this kind.</span>
          </>
        )}
      </div>
    </header>
  );
}

function HistoryPart({ metric }: { metric: Metric }) {
  const { data, error, refetch } = useQuery(metricHistoryQuery(metric.key));
  if (error) return <ProblemNotice error={error} onRetry={refetch} />;
  if (data?.phases.length === 0) {
    return (
      <section className="card" aria-labelledby="history">
        <h2 id="history">No history yet</h2>
        <p className="muted">It is drawn as soon as units of an experiment that measures it are mature.</p>
      </section>
    );
  }
  return (
    <section className={`${styles.history} card`} aria-label="History">
      <ChartPlace height={310}>
        {data ? <MetricHistoryPlot metric={metric} history={data} /> : <div style={{ height: 310 }} />}
      </ChartPlace>
      {data && data.effects.length > 0 && (
        <ChartPlace height={120}>
          <PastEffectsPlot history={data} />
        </ChartPlace>
      )}
    </section>
  );
}
