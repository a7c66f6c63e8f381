import type { ClientBase } from 'pg';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { latenessOf } from '../../experiments/lateness.ts';
import { readPending } from '../report-store/read-events.ts';
import { readLooks } from '../report-store/read-results.ts';
import type { StoredResult } from '../unit-job/upsert-results.ts';
import { countImpressions } from './count-impressions.ts';
import { readExampleLists } from './example-lists.ts';
import { insertInterleaveLooks, type NewInterleaveLook } from './interleave-look.ts';
import { creditable, dueInterleaveLook, ruleOf, waitsOf } from './interleave-plan.ts';
import type { MetricWithSums } from './interleave-result.ts';
import { comparePreferences } from './preference-comparison.ts';
import { sumPreferences } from './sum-preferences.ts';

/** The impressions of an interleave phase, summed: a result a metric and, under 0, one of the drafts; and its one look. */
export async function computeInterleave(
  client: ClientBase,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
): Promise<StoredResult[]> {
  const teams = phase.split.map(({ variant }) => variant);
  const drafts = {
    ...(await countImpressions(client, phase.id, teams, asOf)),
    examples: await readExampleLists(client, phase.id, exampleAge(row, phase), asOf),
  };
  const all: MetricWithSums[] = [];
  for (const metric of creditable(row)) {
    const input = {
      ...waitsOf(metric, phase, row),
      phaseId: phase.id,
      measureId: metric.measureId,
      once: metric.aggregate === 'any',
      decrease: metric.direction === 'decrease',
      teams,
    };
    all.push({ metric, sums: await sumPreferences(client, input, asOf) });
  }
  const due = dueInterleaveLook(phase, all, drafts, asOf);
  const { dirtyUnits } = await readPending(client, phase);
  if (due && dirtyUnits === 0 && (await readLooks(client, phase.id)).length === 0) {
    await insertInterleaveLooks(client, phase.id, looksOf(phase, all, drafts.units, due.planned), asOf);
  }
  return [{ metricId: 0, result: drafts }, ...all.map(({ metric, sums }) => ({ metricId: metric.id, result: sums }))];
}

/** Seconds after which every outcome of an item has come. */
const exampleAge = (row: ExperimentRow, phase: PhaseRow): number =>
  Math.max(0, ...creditable(row).map((metric) => metric.windowSeconds + latenessOf(metric, phase, row)));

function looksOf(phase: PhaseRow, all: MetricWithSums[], units: number, planned: boolean): NewInterleaveLook[] {
  const compared = comparePreferences(all, ruleOf(phase, units, { planned }));
  return all.flatMap(({ metric, sums }) =>
    (compared.get(metric.id) ?? []).map((comparison, i) => ({
      metricId: metric.id,
      pair: i + 1,
      planned,
      units: sums.units,
      comparison,
    })),
  );
}
