import type { z } from 'zod';
import type { experimentInput } from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import type { MetricRow } from '../metrics/metric-store.ts';
import type { ExperimentRow } from './experiment-store.ts';

export type UsedMetric = ExperimentRow['metrics'][number];
type Input = z.output<typeof experimentInput>;

/** The metrics that an experiment names, with what the catalogue knows of them. */
export function checkMetrics(named: Input['metrics'], catalogue: MetricRow[]): UsedMetric[] {
  const seen = new Set<string>();
  return named.map(({ metric: key, role, margin }) => {
    const known = catalogue.find((each) => each.key === key);
    if (!known) throw refuse(`metrics: there is no metric "${key}". Define it with POST /api/metrics.`);
    if (seen.has(key)) throw refuse(`metrics: "${key}" stands twice.`);
    seen.add(key);
    if (known.kind === 'rank' && margin && 'relative' in margin) {
      throw refuse(
        `metrics: the margin of "${key}" must be absolute: a rank metric is a probability (0.02 = 2 points).`,
      );
    }
    return { ...known, role, margin };
  });
}

function refuse(message: string): AssayError {
  return new AssayError('invalid_request', message);
}
