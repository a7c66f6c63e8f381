import { useQuery } from '@tanstack/react-query';
import { metricsQuery } from '../api/queries.ts';
import type { MetricKind } from '../metric-numbers.ts';

/** In which unit a metric is shown, by its key; a mean, without a unit of its own, until the catalogue is there. */
export function useMetricKinds(): (key: string | null) => MetricKind {
  const { data = [] } = useQuery({ ...metricsQuery, staleTime: 60_000 });
  return (key) => data.find((metric) => metric.key === key)?.kind ?? 'mean';
}
