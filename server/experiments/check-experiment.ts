import type { z } from 'zod';
import type { experimentInput } from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import type { MetricRow } from '../metrics/metric-store.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { checkPhase } from './check-phase.ts';
import type { NewMetric, NewPhase } from './experiment-store.ts';

type Input = z.output<typeof experimentInput>;

/** Checks that need the catalogue; what a schema can say is said in the contract. */
export function checkExperiment(
  input: Input,
  slot: SlotRow,
  catalogue: MetricRow[],
): { metrics: NewMetric[]; phases: NewPhase[] } {
  if (input.range.from >= input.range.to) throw refuse('range: "from" must be below "to".');
  return {
    metrics: checkMetrics(input, catalogue),
    phases: input.phases.map((phase, i) => checkPhase(phase, slot, input.metrics, `phases.${i}`)),
  };
}

function checkMetrics(input: Input, catalogue: MetricRow[]): NewMetric[] {
  const seen = new Set<string>();
  const metrics = input.metrics.map(({ metric: key, role, margin }) => {
    const known = catalogue.find((each) => each.key === key);
    if (!known) throw refuse(`metrics: there is no metric "${key}". Define it with POST /api/metrics.`);
    if (seen.has(key)) throw refuse(`metrics: "${key}" stands twice.`);
    seen.add(key);
    if (known.kind === 'rank' && margin && 'relative' in margin) {
      throw refuse(
        `metrics: the margin of "${key}" must be absolute: a rank metric is a probability (0.02 = 2 points).`,
      );
    }
    return { metricId: known.id, role, margin };
  });
  if (!metrics.some((each) => each.role === 'primary')) {
    throw refuse('metrics: name at least one primary metric, the one that decides.');
  }
  return metrics;
}

function refuse(message: string): AssayError {
  return new AssayError('invalid_request', message);
}
