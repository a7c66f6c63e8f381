import type { z } from 'zod';
import type { experimentInput } from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import type { MetricRow } from '../metrics/metric-store.ts';
import { refuseUnknownVariant } from '../slots/slot-routes.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { choosePlan } from './choose-plan.ts';
import type { NewMetric, NewPhase } from './experiment-store.ts';

type Input = z.output<typeof experimentInput>;
type PhaseInput = Input['phases'][number];

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

function checkPhase(phase: PhaseInput, slot: SlotRow, metrics: Input['metrics'], where: string): NewPhase {
  const sum = phase.split.reduce((total, each) => total + each.weight, 0);
  if (Math.abs(sum - 1) > 1e-9) throw refuse(`${where}.split: the weights sum to ${sum}; they must sum to 1.`);
  const keys = phase.split.map((each) => each.variant);
  if (new Set(keys).size < keys.length) throw refuse(`${where}.split: each variant may stand once.`);
  for (const key of keys) refuseUnknownVariant(slot, key);
  if (!keys.includes(slot.champion)) {
    throw refuse(`${where}.split: the champion "${slot.champion}" must be part of it, as the control.`);
  }
  checkTimes(phase, where);
  const split = phase.split.map((each) => ({
    variantId: slot.variants.find((one) => one.key === each.variant)?.id ?? 0,
    weight: each.weight,
    control: each.variant === slot.champion,
  }));
  return {
    mode: phase.mode,
    assignment: phase.assignment,
    plan: choosePlan(phase, metrics, where),
    startedAt: phase.startedAt ? new Date(phase.startedAt) : null,
    endedAt: phase.endedAt ? new Date(phase.endedAt) : null,
    // R4: challengers in their stored order, the champion last.
    split: [...split.filter((each) => !each.control), ...split.filter((each) => each.control)],
  };
}

function checkTimes(phase: PhaseInput, where: string): void {
  const { assignment, startedAt, endedAt } = phase;
  if (assignment === 'hash') {
    if (startedAt || endedAt) throw refuse(`${where}: startedAt and endedAt belong to external phases only.`);
    return;
  }
  if (startedAt && endedAt && Date.parse(startedAt) >= Date.parse(endedAt)) {
    throw refuse(`${where}: startedAt must be before endedAt.`);
  }
}

function refuse(message: string): AssayError {
  return new AssayError('invalid_request', message);
}
