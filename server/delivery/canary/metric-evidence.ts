import { oneSidedAsymptoticSequence } from '../../../stats/index.ts';
import type { CanaryGuardrail, CanarySettings } from '../../db/schema-types.ts';
import { alphaOfOne, largestShareOf } from './guardrail-record.ts';

export type MetricGuardrail = Extract<CanaryGuardrail, { kind: 'metric' }>;

/** One arm's mature fresh units of one step. */
export interface StepArm {
  units: number;
  /** Rate, mean or ratio. */
  value: number;
  /** Of one unit; of a ratio linearised. */
  variance: number;
}

export interface MetricStratum {
  step: number;
  candidate: StepArm;
  control: StepArm;
}

export interface MetricEvidence {
  candidateUnits: number;
  controlUnits: number;
  /** Σ w (candidate − control) / Σ w over steps with w = n_A n_B / (n_A + n_B): never pooled over steps. */
  difference: number;
  /** Each limit alone holds at all times with confidence 1 − alpha / guardrails. */
  lower: number;
  upper: number;
  /** Log e against "not worse than the rollback margin", and against "worse than the margin". */
  failLogE: number;
  passLogE: number;
  failed: boolean;
  passed: boolean;
}

/** Units that a band of means needs in each arm. */
export const LEAST_UNITS = 100;

export type Direction = 'increase' | 'decrease';

/** Null: too few units to say anything, or all of them alike. */
export function metricEvidence(
  settings: CanarySettings,
  { margin, rollbackMargin }: Pick<MetricGuardrail, 'margin' | 'rollbackMargin'>,
  direction: Direction,
  all: MetricStratum[],
): MetricEvidence | null {
  const strata = all.filter(({ candidate, control }) => candidate.units > 1 && control.units > 1);
  const candidateUnits = sum(strata.map((each) => each.candidate.units));
  const controlUnits = sum(strata.map((each) => each.control.units));
  if (Math.min(candidateUnits, controlUnits) < LEAST_UNITS) return null;
  const relative = 'relative' in margin;
  const harmAgainst = (much: number) => contrast(strata, direction, relative ? much : 0, relative ? 0 : much);
  const bound = (found: Contrast, sign: 1 | -1) =>
    oneSidedAsymptoticSequence({
      estimate: sign * found.estimate,
      standardError: Math.sqrt(found.variance),
      n: found.weight,
      tunedTo: plannedWeight(settings),
      level: 1 - alphaOfOne(settings),
    });
  const plain = contrast(strata, 'decrease', 0, 0);
  const [harm, safe] = [harmAgainst(rollbackMargin), harmAgainst(relative ? margin.relative : margin.absolute)];
  if (Math.min(plain.variance, harm.variance, safe.variance) <= 0) return null;
  const [fail, pass] = [bound(harm, 1), bound(safe, -1)];
  return {
    candidateUnits,
    controlUnits,
    difference: plain.estimate,
    lower: bound(plain, 1).interval.lower,
    upper: -bound(plain, -1).interval.lower,
    failLogE: fail.logE,
    passLogE: pass.logE,
    failed: fail.interval.lower > 0,
    passed: pass.interval.lower > 0,
  };
}

/**
 * Weight, Σ n_A n_B / (n_A + n_B), that the ramp collects at its minima if every request is a unit's first. The bands are
 * narrowest there; it is fixed by the plan, before the first look.
 */
export function plannedWeight(settings: CanarySettings): number {
  const control = 1 - largestShareOf(settings);
  return sum(settings.steps.map(({ share, minimumRequests }) => (minimumRequests * control) / (share + control)));
}

/** The estimate alone, for display; null where no step has units of both. */
export function differenceOf(strata: MetricStratum[]): number | null {
  return strata.length === 0 ? null : contrast(strata, 'decrease', 0, 0).estimate;
}

interface Contrast {
  estimate: number;
  variance: number;
  weight: number;
}

/** How much worse the candidate is than (1 + relative) times the control plus `absolute`, over steps; above 0 is worse. */
function contrast(strata: MetricStratum[], direction: Direction, relative: number, absolute: number): Contrast {
  const worse = direction === 'decrease' ? 1 : -1;
  const weights = strata.map(({ candidate: b, control: a }) => (a.units * b.units) / (a.units + b.units));
  const weight = sum(weights);
  const mean = (of: (each: MetricStratum) => number) =>
    sum(strata.map((each, i) => (weights[i] ?? 0) * of(each))) / weight;
  // A relative margin is a share of the control's size, whatever its sign.
  const onControl = -worse - relative * Math.sign(mean((each) => each.control.value));
  const estimate = mean(({ candidate, control }) => worse * candidate.value + onControl * control.value) - absolute;
  const variances = strata.map((each, i) => ((weights[i] ?? 0) / weight) ** 2 * varianceOf(each, onControl));
  return { estimate, variance: sum(variances), weight };
}

/**
 * The larger of the two usual variances: few units of a small candidate arm often show too little of their own, just when
 * their mean is low.
 */
function varianceOf({ candidate: b, control: a }: MetricStratum, onControl: number): number {
  const pooled = (a.units * a.variance + b.units * b.variance) / (a.units + b.units);
  const own = b.variance / b.units + (onControl ** 2 * a.variance) / a.units;
  return Math.max(own, pooled * (1 / b.units + onControl ** 2 / a.units));
}

const sum = (values: number[]): number => values.reduce((total, each) => total + each, 0);
