import type { Queryable } from '../../db/queryable.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { controlFirst } from '../arms.ts';
import type { UnitResult } from '../unit-result.ts';
import { additiveResult } from './additive-result.ts';
import { clusterResult } from './cluster-result.ts';
import type { FoundEffects, NamedArm } from './found-effect.ts';
import { insufficient } from './found-effect.ts';
import { clusterOf, needsUnitJob } from './needs-unit-job.ts';
import { collectOutcomeBins, firstReceipt } from './outcome-bins.ts';
import { quantileResult } from './quantile-result.ts';
import { rankResult } from './rank-result.ts';
import { sumProducts } from './sum-products.ts';
import { collectUnitValues, createUnitValues, matureCohort, type UnitMetric } from './unit-values.ts';
import { aboutUnnamed } from './unnamed-clusters.ts';

export interface ComputedResult {
  metricId: number;
  computedAt: Date;
  result: UnitResult;
}

/**
 * What the units of a phase mature at `asOf` say about each metric that needs them, computed afresh. `client` is in a
 * transaction of the caller's, whose snapshot counts; work tables live in it. Only results of bounded size are read.
 */
export async function computeUnitResults(
  client: Queryable,
  row: ExperimentRow,
  current: PhaseRow,
  asOf: Date,
): Promise<ComputedResult[]> {
  const metrics = row.metrics.filter((metric) => needsUnitJob(metric, current));
  if (metrics.length === 0) return [];
  await createUnitValues(client);
  const results: ComputedResult[] = [];
  for (const metric of metrics) {
    const { arms, effects } = await findEffects(client, metric, row, current, asOf);
    results.push({ metricId: metric.id, computedAt: asOf, result: { asOf: asOf.toISOString(), arms, effects } });
  }
  return results;
}

async function findEffects(
  client: Queryable,
  metric: UnitMetric,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
): Promise<FoundEffects> {
  const attribute = clusterOf(phase);
  const since = firstReceipt(row, phase);
  const until = await matureCohort(client, metric, phase, asOf);
  const arms = controlFirst(phase).map(({ variantId, variant }) => ({ variantId, variant }));
  const { level } = phase.plan;
  await collectUnitValues(client, metric, phase, { until, cluster: attribute === null ? null : { attribute, since } });
  if (metric.kind === 'quantile' && metric.quantile !== null) {
    await collectOutcomeBins(client, metric, phase, { until, since, byCluster: attribute !== null });
    const sums = await sumProducts(client, ['y']);
    const counted = arms.map((arm) => ({ ...arm, units: sums.get(arm.variantId)?.n ?? 0 }));
    const found = await quantileResult(
      client,
      { measureId: metric.measureId, quantile: metric.quantile },
      counted,
      level,
    );
    return attribute === null ? found : aboutUnnamed(client, found, attribute);
  }
  if (metric.kind === 'rank') {
    const found = await rankResult(client, arms, level);
    return attribute === null ? found : { ...found, effects: notForClusters(arms, attribute) };
  }
  return attribute === null
    ? additiveResult(client, metric, arms, { id: phase.id, level, adjusted: phase.plan.covariates !== null })
    : aboutUnnamed(client, await clusterResult(client, metric, arms, { attribute, level }), attribute);
}

function notForClusters(arms: readonly NamedArm[], attribute: string): FoundEffects['effects'] {
  const missing = `Rank tests need independent units, and these were randomised together by "${attribute}": use a mean or a quantile.`;
  return arms.slice(1).map((arm) => insufficient(arm, missing));
}
