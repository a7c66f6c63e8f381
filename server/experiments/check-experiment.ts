import type { z } from 'zod';
import type { experimentInput } from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import type { MetricRow } from '../metrics/metric-store.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { checkMetrics, type UsedMetric } from './check-metrics.ts';
import { checkPhase } from './check-phase.ts';
import type { NewPhase } from './phase-store.ts';

type Input = z.output<typeof experimentInput>;

/** Checks that need the catalogue; what a schema can say is said in the contract. */
export function checkExperiment(
  input: Pick<Input, 'range' | 'metrics' | 'phases' | 'segments'>,
  slot: SlotRow,
  catalogue: MetricRow[],
): { metrics: UsedMetric[]; phases: NewPhase[] } {
  if (input.range.from >= input.range.to) {
    throw new AssayError('invalid_request', 'range: "from" must be below "to".');
  }
  const metrics = checkMetrics(input.metrics, catalogue);
  const phases: NewPhase[] = [];
  for (const [i, phase] of input.phases.entries()) {
    const before = phases.at(-1) ?? null;
    phases.push(checkPhase(phase, { slot, metrics, segments: input.segments, before, where: `phases.${i}` }));
  }
  return { metrics, phases };
}
