import type { HealthItem, MetricReport } from '../../contract/report-contract.ts';
import { isSkewnessWarning } from '../compare/skewness-warning.ts';
import { list } from '../phrases.ts';

/** Means of primary metrics and guardrails whose test errs too often; null where there is no mean among them. */
export function skewnessCheck(metrics: MetricReport[]): HealthItem | null {
  const means = metrics.filter(({ kind, role }) => (kind === 'mean' || kind === 'count') && role !== 'secondary');
  if (means.length === 0) return null;
  const flagged = means.filter((each) => each.comparisons.some((one) => one.warnings.some(isSkewnessWarning)));
  const names = flagged.map((each) => `"${each.name}"`);
  return {
    check: 'skewness',
    status: flagged.length > 0 ? 'warning' : 'ok',
    sentence:
      flagged.length > 0
        ? `A few very large values weigh much in a small variant: tests of ${list(names)} err more often than their level says. Wait for more units, cap the values, or use a rank metric.`
        : 'No mean rests on a few very large values.',
    numbers: { metrics: means.length, flagged: flagged.length },
    causes: [],
  };
}
