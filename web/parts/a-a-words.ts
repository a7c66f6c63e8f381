import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricUses } from '../../server/contract/metric-use-contract.ts';
import { dateOnly } from '../format.ts';
import { modeNames } from './mode-names.ts';

/** A phase whose control can be split again. */
export type ReSplitChoice = { value: string; label: string; experiment: string; phase: number };

/** Why a metric of this kind has no simulated A/A; null: it has. */
export function reSplitObstacle({ kind, cap }: Pick<Metric, 'kind' | 'cap'>): string | null {
  if (cap?.quantile != null) return 'It is capped at a quantile of all units, which halves would move.';
  if (kind === 'ratio') return 'A ratio is not kept by bucket of units, so its halves cannot be made afterwards.';
  if (kind === 'quantile' || kind === 'rank') {
    return 'It is made of single values, which are not kept by bucket of units: halves cannot be made afterwards.';
  }
  return null;
}

/** Latest first: phases that split units. */
export const reSplitChoices = (uses: MetricUses['uses']): ReSplitChoice[] =>
  uses
    .flatMap(({ experiment, experimentName, phases }) =>
      phases
        .filter(({ mode }) => mode === 'ab' || mode === 'canary')
        .map(({ position, mode, startedAt }) => ({
          value: `${experiment}/${position}`,
          label: `${experimentName}, ${modeNames[mode]} of ${dateOnly(startedAt)}`,
          experiment,
          phase: position,
          startedAt,
        })),
    )
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .map(({ startedAt: _, ...choice }) => choice);
