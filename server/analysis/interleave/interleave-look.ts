import type { ClientBase } from 'pg';
import type { PreferenceComparison } from '../../contract/interleave-contract.ts';
import type { LookRow } from '../report-store.ts';

/** One row of `look`: a pair of variants in one metric, as it was concluded. */
export interface InterleaveLook {
  planned: boolean;
  units: { complete: number; open: number };
  comparison: PreferenceComparison;
}

export interface NewInterleaveLook extends InterleaveLook {
  metricId: number;
  /** Number of the pair, from 1. */
  pair: number;
}

/** Written once: a phase has one look, whatever comes later. */
export async function insertInterleaveLooks(
  client: ClientBase,
  phaseId: number,
  looks: NewInterleaveLook[],
  at: Date,
): Promise<void> {
  for (const { metricId, pair, ...result } of looks) {
    const { estimate, standardError, test } = result.comparison.contested;
    const z = estimate !== null && standardError ? estimate / standardError : null;
    await client.query(
      `insert into look (phase_id, metric_id, comparison, k, at, n_mature, information, z, result)
       values ($1, $2, $3, 1, $4, $5, $6, $7, $8) on conflict do nothing`,
      [
        phaseId,
        metricId,
        pair,
        at,
        [result.units.complete],
        standardError ? standardError ** -2 : null,
        test ? z : null,
        JSON.stringify(result),
      ],
    );
  }
}

/** Pairs in order, by metric; null before the look. */
export function readInterleaveLooks(
  looks: LookRow[],
): { at: Date; planned: boolean; ofMetric(id: number): InterleaveLook[] } | null {
  const [first] = looks;
  if (!first) return null;
  const sorted = [...looks].sort((a, b) => a.comparison - b.comparison);
  return {
    at: first.at,
    planned: (first.result as InterleaveLook).planned,
    ofMetric: (id) => sorted.filter(({ metricId }) => metricId === id).map(({ result }) => result as InterleaveLook),
  };
}
