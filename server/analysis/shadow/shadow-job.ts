import type { ClientBase } from 'pg';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import type { StoredResult } from '../unit-job/upsert-results.ts';
import { collectShadowCalls, countShadowCalls } from './collect-shadow-calls.ts';
import { readShadowExamples, readShadowed } from './read-shadow-extras.ts';
import { readShadowLabels } from './read-shadow-labels.ts';
import { readShadowResult } from './read-shadow-result.ts';
import { readShadowDrift } from './shadow-drift.ts';
import { shadowDesign } from './shadow-estimate.ts';
import { readShadowQuantiles, readShadowScores } from './shadow-histograms.ts';
import { readShadowPairs } from './shadow-pairs.ts';
import type { ShadowResult } from './shadow-result.ts';
import { readShadowMeasures, readShadowSegments, readShadowSums } from './shadow-sums.ts';

/** The comparisons of a shadow phase, summed: one result, under metric 0. */
export async function computeShadow(
  client: ClientBase,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
): Promise<StoredResult[]> {
  const settings = phase.settings.shadow;
  if (!settings) throw new Error(`shadow phase ${phase.id} has no settings`);
  const before = await readShadowResult(client, phase.id);
  await collectShadowCalls(client, phase.id, settings.budgetMs ?? row.timeoutMs);
  const sums = await readShadowSums(client);
  const design = shadowDesign(phase.plan.level, settings.gate, settings.referenceShare);
  const label = row.metrics.find((metric) => metric.key === settings.label && metric.independentOfAnswer);
  const result: ShadowResult = {
    asOf: asOf.toISOString(),
    ...(await countShadowCalls(client)),
    sums,
    measures: await readShadowMeasures(client),
    segments: await readShadowSegments(client, phase.id),
    quantiles: await readShadowQuantiles(client, sums.ms_ratio?.units ?? 0, design),
    scores: await readShadowScores(client, before?.result.scores ?? null),
    pairs: await readShadowPairs(client),
    drift: await readShadowDrift(client),
    labels: label ? await readShadowLabels(client, { ...label, phaseId: phase.id }, asOf) : null,
    calls: await readShadowed(client, row.slotId, phase),
    examples: await readShadowExamples(client, phase.id),
  };
  return [{ metricId: 0, result }];
}
