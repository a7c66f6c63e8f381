import { nextLooks } from '../server/analysis/next-looks.ts';
import { buildReport } from '../server/analysis/report.ts';
import type { LookRow } from '../server/analysis/report-store.ts';
import type { Report } from '../server/contract/report-contract.ts';
import { largeExperiment, largeRows, START } from './report-rows.ts';

export const NOW = new Date(START.getTime() + 14 * 86_400_000);

/** The report of a large experiment with five looks taken, made by the code that makes reports. */
export function largeReport(metrics: number, variants: number): Report {
  const { row, phase } = largeExperiment(metrics, variants);
  const looks: LookRow[] = [];
  for (const share of [0.1, 0.2, 0.3, 0.4, 0.5]) {
    const results = nextLooks(row, phase, { ...largeRows(row, phase, share), looks: [...looks] }, null, NOW) ?? [];
    looks.push(...results.map((each) => lookRow(each)));
  }
  return buildReport(row, phase, { ...largeRows(row, phase, 0.55), looks }, null, NOW);
}

/** As read back from the database. */
export function lookRow(result: NonNullable<ReturnType<typeof nextLooks>>[number]): LookRow {
  return {
    ...{ metricId: result.metricId, comparison: result.variantId, k: result.comparison.look?.number ?? 1, at: NOW },
    result: JSON.parse(JSON.stringify(result)) as unknown,
  };
}
