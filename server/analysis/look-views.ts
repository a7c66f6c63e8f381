import type { PhaseRow } from '../experiments/experiment-store.ts';
import { type Arm, armsOf, type ReportMetric } from './arms.ts';
import { bayesView } from './compare/bayes-view.ts';
import type { Compared } from './compare/compare-input.ts';
import { probabilitiesBest } from './compare/probabilities-best.ts';
import type { LookInput } from './look-input.ts';
import type { LookResult } from './look-result.ts';
import { type PastEffects, priorOf } from './past-effects.ts';
import { relativeCovariance } from './relative-covariance.ts';
import type { ReportRows } from './report-store.ts';

/** The Bayesian view beside one comparison of a look. */
export function bayesOf(
  { metric, current, earlier }: LookInput,
  compared: Compared,
  information: number,
  past: PastEffects | null,
): LookResult['comparison']['bayes'] {
  return bayesView({
    compared,
    prior: past && priorOf(past, metric.id),
    direction: metric.direction,
    level: current.plan.level,
    information: [...earlier.map(({ result }) => result.information), information].filter((each) => each > 0),
  });
}

/** Adds to each result how likely its arms are the best of their metric. */
export function withProbabilitiesBest(
  results: LookResult[],
  metrics: ReportMetric[],
  current: PhaseRow,
  rows: ReportRows,
): LookResult[] {
  const byMetric = new Map(metrics.map((metric) => [metric.id, bestOf(metric, armsOf(metric, current, rows), rows)]));
  return results.map((result) => {
    const best = byMetric.get(result.metricId);
    const of = (variant: string) => best?.get(variant) ?? null;
    return {
      ...result,
      control: { ...result.control, probabilityBest: of(result.control.variant) },
      arm: { ...result.arm, probabilityBest: of(result.arm.variant) },
    };
  });
}

function bestOf(metric: ReportMetric, arms: Arm[], rows: ReportRows): Map<string, number | null> {
  const probabilities = probabilitiesBest(metric, arms, rows);
  return new Map(arms.map((arm, i) => [arm.variant, probabilities[i] ?? null]));
}

/** Adds to each proxy what its error shares with that of its business metric, for the surrogate check of later years. */
export function withBusinessCovariance(
  results: LookResult[],
  metrics: ReportMetric[],
  current: PhaseRow,
  rows: ReportRows,
): LookResult[] {
  return results.map((result) => {
    const metric = metrics.find((each) => each.id === result.metricId);
    const business = metrics.find((each) => each.id === metric?.proxyForId);
    const other = results.find((each) => each.metricId === business?.id && each.variantId === result.variantId);
    if (!metric || !business || !result.relative || !other?.relative) return result;
    const businessCovariance = relativeCovariance(
      current,
      rows,
      result.variantId,
      { metric, standardError: result.relative.standardError },
      { metric: business, standardError: other.relative.standardError },
    );
    return { ...result, businessCovariance };
  });
}
