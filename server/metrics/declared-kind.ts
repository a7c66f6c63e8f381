import type { MetricInput } from '../contract/metric-contract.ts';
import type { MetricKind } from '../db/schema-types.ts';
import type { MetricRow } from './metric-store.ts';

type DeclaredKind = MetricInput['kind'];

/** A count is analysed as the mean of a number, and retention as a proportion, whose window opens later. */
export function analysedAs(kind: DeclaredKind): MetricKind {
  return kind === 'count' ? 'mean' : kind === 'retention' ? 'proportion' : kind;
}

/** The kind of a metric as people know it. */
export function declaredKind({
  kind,
  aggregate,
  startSeconds,
}: Pick<MetricRow, 'kind' | 'aggregate' | 'startSeconds'>): DeclaredKind {
  if (kind === 'mean' && aggregate === 'count') return 'count';
  return kind === 'proportion' && startSeconds > 0 ? 'retention' : kind;
}
