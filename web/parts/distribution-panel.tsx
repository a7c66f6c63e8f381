import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import type { Distribution } from '../../server/contract/distribution-contract.ts';
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
  const nothing = nothingToDraw(data, metric);
  if (nothing) return <p>{nothing}</p>;
  return (
    <ChartPlace height={320}>
      <DistributionPlot name={metric.name} distribution={data} colours={colours} />
    </ChartPlace>
  );
}

/** Why there is no picture, as a sentence; null where there is one. */
function nothingToDraw({ computedAt, variants, bars }: Distribution, metric: MetricReport): string | null {
  if (computedAt === null || variants.every(({ count }) => count === 0)) {
    return metric.variants.some(({ matureUnits }) => matureUnits > 0)
      ? 'The spread is computed about once a minute while the phase runs: it will be here soon.'
      : 'No unit is mature yet, so there is no spread to draw.';
  }
  return bars.some(({ lower, upper }) => lower > 0 || upper < 0)
    ? null
    : 'All values are 0, so there is no spread to draw.';
}
