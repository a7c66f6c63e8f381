import type { Metric } from '../../server/contract/metric-contract.ts';
import { anyNumber, weightPercent } from '../format.ts';
import { percentile } from './metric-words.ts';

const names = {
  proportion: 'rate',
  count: 'count',
  mean: 'mean',
  ratio: 'ratio',
  retention: 'retention',
  rank: 'ranks',
} as const;

export const kindName = ({ kind, quantile }: Pick<Metric, 'kind' | 'quantile'>): string =>
  kind === 'quantile' ? percentile(quantile).toLowerCase() : names[kind];

/** How single units are kept from deciding a mean alone; null where nothing is clipped. */
export function capText({ cap }: Pick<Metric, 'cap'>): string | null {
  if (!cap) return null;
  if (cap.quantile !== null) {
    return `A unit’s value is clipped at the ${weightPercent(cap.quantile)} quantile of all units.`;
  }
  const limits = [
    cap.lower === null ? null : `at least ${anyNumber(cap.lower)}`,
    cap.upper === null ? null : `at most ${anyNumber(cap.upper)}`,
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? null : `A unit’s value is clipped to ${limits.join(' and ')}.`;
}
