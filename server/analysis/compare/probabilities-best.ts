import { betaBestArm, type StudentPosterior, studentBestArm } from '../../../stats/index.ts';
import type { Arm, ReportMetric } from '../arms.ts';
import type { ReportRows } from '../report-store.ts';
import { armValue } from './arm-value.ts';
import { asProportion } from './compare-rates.ts';
import { unitResultOf } from './compare-unit-effects.ts';

/**
 * For each arm the probability that it is the best one, by the metric's direction, under a flat prior: for a second
 * view at a look. null for all where an arm has no value with an error yet, and for ranks, which have no values.
 */
export function probabilitiesBest(metric: ReportMetric, arms: Arm[], rows: ReportRows): (number | null)[] {
  const found = bestOfRates(metric, arms, rows) ?? bestOfValues(metric, arms, rows);
  return found ? [...found] : arms.map(() => null);
}

function bestOfRates(metric: ReportMetric, arms: Arm[], rows: ReportRows): readonly number[] | null {
  if (metric.kind !== 'proportion' || unitResultOf(metric, rows)) return null;
  const counts = arms.flatMap(({ mature }) => (mature ? [asProportion(mature)] : []));
  if (counts.length < arms.length) return null;
  return pick(metric, betaBestArm(counts.map(({ x, n }) => ({ alpha: x + 1, beta: n - x + 1 }))));
}

function bestOfValues(metric: ReportMetric, arms: Arm[], rows: ReportRows): readonly number[] | null {
  if (metric.kind === 'rank') return null;
  const beliefs = arms.flatMap((arm) => beliefOf(metric, arm, arms, rows) ?? []);
  return beliefs.length < arms.length || beliefs.length === 0 ? null : pick(metric, studentBestArm(beliefs));
}

function beliefOf(metric: ReportMetric, arm: Arm, arms: Arm[], rows: ReportRows): StudentPosterior | null {
  const { units, value, standardError } = adjustedValue(metric, arm, arms, rows) ?? armValue(metric, arm, rows);
  if (value === null || standardError === null || !(standardError > 0) || units < 2) return null;
  return { mean: value, scale: standardError, degreesOfFreedom: units - 1 };
}

/** Adjusted for covariates, the arms stand where their effects put them, seen from the first adjusted control. */
function adjustedValue(metric: ReportMetric, arm: Arm, arms: Arm[], rows: ReportRows) {
  const effects = unitResultOf(metric, rows)?.result.effects ?? [];
  const pairs = effects.flatMap((each) => (each.status === 'ok' && each.pair ? [{ ...each, pair: each.pair }] : []));
  const base = pairs[0]?.pair;
  if (!base || pairs.length < arms.length - 1) return null;
  const { units } = armValue(metric, arm, rows);
  if (arm.control) return { units, value: base.meanA, standardError: Math.sqrt(base.varianceOfMeanA) };
  const own = pairs.find((each) => each.variantId === arm.variantId);
  return own ? { units, value: base.meanA + own.estimate, standardError: Math.sqrt(own.pair.varianceOfMeanB) } : null;
}

function pick(metric: ReportMetric, best: ReturnType<typeof betaBestArm>): readonly number[] {
  return metric.direction === 'increase' ? best.probabilityBest : best.probabilitySmallest;
}
