import { count, quantity } from '../../analysis/phrases.ts';
import type { Margin, MetricKind } from '../../db/schema-types.ts';
import type { Judgement } from './judgement.ts';
import { LEAST_UNITS, type MetricEvidence, type MetricGuardrail } from './metric-evidence.ts';

/** A guardrail on a metric: where its always-valid band lies, over mature units of each step. */
export function judgeMetric(
  place: number,
  guardrail: MetricGuardrail,
  metric: { name: string; kind: MetricKind },
  evidence: MetricEvidence | null,
): Judgement {
  const base = { guardrail: place, name: metric.name, mustPass: guardrail.mustPass };
  if (evidence === null) {
    const sentence = `${metric.name}: fewer than ${LEAST_UNITS} units of candidate or control have completed their window, or all have the same value.`;
    return { ...base, state: 'no_data', sentence };
  }
  const numbers = `the difference is ${shownDifference(metric.kind, evidence.difference)} over ${count(evidence.candidateUnits)} units of the candidate and ${count(evidence.controlUnits)} of the control`;
  if (evidence.failed) {
    const limit =
      guardrail.rollbackMargin > 0 ? ` by more than ${shownMargin(guardrail.margin, guardrail.rollbackMargin)}` : '';
    return {
      ...base,
      state: 'fail',
      sentence: `${metric.name}: shown to be worse than the control${limit}; ${numbers}.`,
    };
  }
  const margin = shownMargin(
    guardrail.margin,
    'relative' in guardrail.margin ? guardrail.margin.relative : guardrail.margin.absolute,
  );
  return evidence.passed
    ? { ...base, state: 'pass', sentence: `${metric.name}: shown to be worse by less than ${margin}; ${numbers}.` }
    : {
        ...base,
        state: 'inconclusive',
        sentence: `${metric.name}: neither shown to be worse nor to be within ${margin}; ${numbers}.`,
      };
}

function shownDifference(kind: MetricKind, difference: number): string {
  const points = kind === 'proportion';
  const size = quantity(Math.abs(points ? 100 * difference : difference));
  return `${difference < 0 ? '−' : '+'}${size}${points ? ' percentage points' : ''}`;
}

function shownMargin(margin: Margin, much: number): string {
  return 'relative' in margin ? `${Number((100 * much).toPrecision(3))} % of the control's value` : quantity(much);
}
