import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { distributionQuery } from '../api/number-queries.ts';
import { ChartPlace } from './chart-place.tsx';
import { ProblemNotice } from './problem-notice.tsx';

const DistributionPlot = lazy(() => import('../charts/distribution-plot.tsx'));

type Props = { metric: MetricReport; report: Report; colours: Map<string, string> };

/** How the values of one metric are spread, asked for when it is unfolded. */
export function DistributionPanel({ metric, report, colours }: Props) {
  if (metric.aggregate === 'any') {
    return <p>Each unit counts 0 or 1 here, so the value above says all: there is no other spread to draw.</p>;
  }
  return <Asked metric={metric} report={report} colours={colours} />;
}

function Asked({ metric, report, colours }: Props) {
  const { experiment, phase } = report;
  const query = useQuery(
    distributionQuery({ experiment: experiment.key, phase: phase?.position ?? 0, metric: metric.key }),
  );
  const { data } = query;
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => query.refetch()} />;
  if (!data) return <Skeleton height={320} radius={8} />;
  if (data.computedAt === null) {
    return <p>The spread is not computed yet. That is done about once a minute while the phase runs.</p>;
  }
  if (!data.bars.some(({ lower, upper }) => lower > 0 || upper < 0)) {
    return (
      <p>
        {data.variants.every(({ count }) => count === 0)
          ? 'No unit is mature yet, so there is no spread to draw.'
          : 'All values are 0, so there is no spread to draw.'}
      </p>
    );
  }
  return (
    <ChartPlace height={320}>
      <DistributionPlot name={metric.name} distribution={data} colours={colours} />
    </ChartPlace>
  );
}
