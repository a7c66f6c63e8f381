import { candidateShare, clopperPearsonInterval, normalQuantile } from '../../../stats/index.ts';
import type { CanaryReport } from '../../contract/canary-contract.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import type { GuardrailView } from './canary-view.ts';
import { largestShareOf } from './guardrail-record.ts';
import type { MetricStratum } from './metric-evidence.ts';

/** What one step of a ramp says by itself: for the picture. Guardrails are judged over all steps together. */

/** Units of either arm that the interval of a mean needs. */
const LEAST_UNITS = 30;
const Z95 = normalQuantile(0.975);

type Limits = CanaryReport['guardrails'][number]['limits'];
type StepRatio = NonNullable<CanaryReport['guardrails'][number]['rate']>['steps'][number]['ratio'];

/** Of n failing units as many are the candidate's as its share among the judged says, times the ratio of rates. */
export function stepRateRatio(
  { candidate, control }: { candidate: number; control: number },
  settings: CanarySettings,
  step: number,
): StepRatio {
  const share = settings.steps[step - 1]?.share;
  const n = candidate + control;
  if (share === undefined || n === 0) return null;
  const even = candidateShare(share, largestShareOf(settings));
  const ratioOf = (found: number) => (found < 1 ? ((found / (1 - found)) * (1 - even)) / even : null);
  const { lower, upper } = clopperPearsonInterval({ x: candidate, n });
  return { estimate: ratioOf(candidate / n), lower: ratioOf(lower) ?? 0, upper: ratioOf(upper) };
}

export function stepDifference({ candidate, control }: MetricStratum) {
  const difference = candidate.value - control.value;
  const error = Math.sqrt(candidate.variance / candidate.units + control.variance / control.units);
  const enough = Math.min(candidate.units, control.units) >= LEAST_UNITS && error > 0;
  return {
    difference,
    interval: enough ? { lower: difference - Z95 * error, upper: difference + Z95 * error } : null,
  };
}

/** Where the picture of a guardrail has its lines. */
export function limitsOf({ declared, metric }: GuardrailView): Limits {
  if (declared.kind !== 'metric' || !metric) {
    const margin = declared.kind === 'metric' ? 0 : declared.margin;
    return { even: 1, pass: 1 + margin, fail: 1 + declared.rollbackMargin };
  }
  const { margin, rollbackMargin } = declared;
  const worse = metric.direction === 'decrease' ? 1 : -1;
  if ('absolute' in margin) return { even: 0, pass: worse * margin.absolute, fail: worse * rollbackMargin };
  const control = controlSize(metric.strata);
  const line = (much: number) => (much === 0 ? 0 : control === null ? null : worse * much * control);
  return { even: 0, pass: line(margin.relative), fail: line(rollbackMargin) };
}

/** Mean of the control with the weights of the evidence; null before its first mature unit. */
function controlSize(strata: MetricStratum[]): number | null {
  const weights = strata.map(({ candidate, control }) => weightOf(candidate.units, control.units));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return null;
  return Math.abs(strata.reduce((sum, { control }, i) => sum + (weights[i] ?? 0) * control.value, 0) / total);
}

const weightOf = (a: number, b: number): number => (a + b > 0 ? (a * b) / (a + b) : 0);
