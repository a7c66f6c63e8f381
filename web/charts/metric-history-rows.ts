import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import { isRate, metricValue, z95 } from '../metric-numbers.ts';

/** A phase in the history of a metric: its control's value, as it is shown. */
export type HistoryRow = {
  experiment: string;
  name: string;
  from: Date;
  to: Date;
  /** In percent where the metric is a rate. */
  value: number;
  lower: number;
  upper: number;
  units: number;
  text: string;
};

type Kind = Metric['kind'];

/** Oldest first. A phase that runs reaches to now. */
export function historyRows(kind: Kind, { phases }: Pick<MetricHistory, 'phases'>, now: Date): HistoryRow[] {
  const factor = isRate(kind) ? 100 : 1;
  return phases
    .map(({ experiment, experimentName, position, startedAt, endedAt, value, standardDeviation, units }) => {
      const error = standardDeviation / Math.sqrt(units);
      const [lower, upper] = [value - z95 * error, value + z95 * error];
      return {
        experiment,
        name: position === 0 ? experimentName : `${experimentName}, phase ${position + 1}`,
        from: new Date(startedAt),
        to: endedAt === null ? now : new Date(endedAt),
        value: value * factor,
        lower: Math.max(isRate(kind) ? 0 : -Infinity, lower * factor),
        upper: upper * factor,
        units,
        text: metricValue(kind, value, error),
      };
    })
    .reverse();
}

/** What one sees: where it is, and how far it went. */
export function historyTitle(name: string, rows: readonly HistoryRow[]): string {
  const latest = rows.at(-1);
  if (!latest) return 'No phase has measured it yet';
  const lead = `${name} was ${latest.text} in “${latest.name}”`;
  if (rows.length === 1) return lead;
  const sorted = [...rows].sort((a, b) => a.value - b.value);
  return `${lead}; over ${rows.length} phases it lay between ${sorted[0]?.text} and ${sorted.at(-1)?.text}`;
}
